import Foundation
import Market
import Testing
import Turns

@testable import Storage

@Suite(.oneAtATime) struct CandleStoreTests {
    private let hourly = CandleSeries(symbol: symbol("BTC"), timeframe: .h1, venue: .binance)

    private func candles(_ count: Int, from start: Timestamp = .start, step: Span = .hours(1)) -> [Candle] {
        (0..<count).map { index in
            let close = 100 + Double(index)
            return Candle(
                openTime: start + step * Int64(index), open: 100, high: close + 1, low: 99, close: close, volume: 1.5)
        }
    }

    @Test("equal candles change nothing, a different one replaces")
    func savingAgain() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLCandleStore(file.database)
        var candles = candles(50)
        #expect(try await store.save(candles, of: hourly) == 50)
        #expect(try await store.save(candles, of: hourly) == 0)
        candles[7].close = 99.5
        #expect(try await store.save(candles, of: hourly) == 1)
        #expect(try await store.candles(of: hourly, from: nil, to: nil, limit: nil) == candles)
    }

    @Test("a range has its start and not its end; a limit keeps the newest")
    func ranges() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLCandleStore(file.database)
        let candles = candles(10)
        try await store.save(candles, of: hourly)
        let middle = try await store.candles(of: hourly, from: candles[2].openTime, to: candles[5].openTime, limit: nil)
        #expect(middle == Array(candles[2..<5]))
        #expect(try await store.candles(of: hourly, from: nil, to: nil, limit: 3) == Array(candles[7...]))
        #expect(
            try await store.candles(of: hourly, from: nil, to: candles[4].openTime, limit: 2) == Array(candles[2..<4]))
        #expect(try await store.candles(of: hourly, from: nil, to: nil, limit: 0) == [])
        #expect(try await store.extent(of: hourly) == candles[0].openTime...candles[9].openTime)
    }

    @Test("venues and timeframes are never mixed, and a series without candles is no series")
    func separateSeries() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLCandleStore(file.database)
        let other = CandleSeries(symbol: symbol("BTC"), timeframe: .h1, venue: .coinbase)
        try await store.save(candles(3), of: hourly)
        #expect(try await store.candles(of: other, from: nil, to: nil, limit: nil) == [])
        #expect(try await store.extent(of: other) == nil)
        try await store.save([], of: other)
        #expect(try await store.series() == [hourly])
    }

    @Test("pruning takes the oldest of one timeframe, at most as many as it may")
    func pruning() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLCandleStore(file.database)
        let minutes = CandleSeries(symbol: symbol("BTC"), timeframe: .m1, venue: .binance)
        let others = CandleSeries(symbol: symbol("ETH"), timeframe: .m1, venue: .binance)
        try await store.save(candles(20, step: .minutes(1)), of: minutes)
        try await store.save(candles(20, step: .minutes(1)), of: others)
        try await store.save(candles(3), of: hourly)
        let bound = Timestamp.start + .minutes(10)
        #expect(try await store.prune(.m1, before: bound, limit: 4) == 4)
        #expect(try await store.extent(of: minutes)?.lowerBound == .start + .minutes(4))
        #expect(try await store.prune(.m1, before: bound, limit: 100) == 16)
        #expect(try await store.prune(.m1, before: bound, limit: 100) == 0)
        #expect(try await store.extent(of: others)?.lowerBound == bound)
        #expect(try await store.candles(of: hourly, from: nil, to: nil, limit: nil).count == 3)
    }

    @Test("a candle that is not a number is refused and its batch with it")
    func notANumber() async throws {
        let file = try await TemporaryDatabase()
        let store = SQLCandleStore(file.database)
        var candles = candles(3)
        candles[2].close = .nan
        await #expect(throws: (any Error).self) { try await store.save(candles, of: hourly) }
        #expect(try await store.extent(of: hourly) == nil)
    }

    @Test("real candles come back bit for bit (skipped without ../shared/data)", .enabled(if: realFile != nil))
    func realCandles() async throws {
        let candles = try CandleFile.read(path: #require(realFile))
        let file = try await TemporaryDatabase()
        let store = SQLCandleStore(file.database)
        #expect(try await store.save(candles, of: hourly) == candles.count)
        #expect(try await store.candles(of: hourly, from: nil, to: nil, limit: nil) == candles)
    }
}

/// The smallest real candle file beside the project, where there is one.
private let realFile: String? = {
    var folder = URL(filePath: #filePath)
    while folder.path != "/" {
        folder.deleteLastPathComponent()
        guard FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path) else { continue }
        let data = folder.appending(path: "../shared/data/candles").standardizedFileURL
        let files =
            (try? FileManager.default.contentsOfDirectory(at: data, includingPropertiesForKeys: [.fileSizeKey])) ?? []
        return files.filter { $0.lastPathComponent.contains("1h") }
            .min { size($0) < size($1) }?.path
    }
    return nil
}()

private func size(_ file: URL) -> Int { (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? .max }
