import Logging
import Market

/// Fetches what lies between what is known and the stream: the gap after a silence, the newest stretch at first sight,
/// and holes inside the stream.
struct BinanceCatchUp: Sendable {
    let client: BinanceClient
    let store: any CandleStore
    let sink: any MarketSink
    let clock: any Clock<Duration>
    let jitter: @Sendable () -> Double
    let wallTime: any TimeSource
    let logger: Logger
    /// Gaps longer than this are cut at their old end; the first back-fill covers the rest.
    static let longestGap: Span = .days(400)
    /// A hole longer than this is told as a late gap rather than candle by candle.
    static let longestHole: Span = .minutes(60)

    /// Gives out what came before the stream, tries until it succeeds, and says up to where that is.
    func catchUp(_ symbol: Symbol, pair: String, from known: Timestamp?) async -> BinanceInput? {
        var recovery = Recovery()
        while !Task.isCancelled {
            do throws(SourceFailure) {
                return try await gap(symbol, pair: pair, from: known)
            } catch {
                if error == .cancelled { return nil }
                logger.warning(
                    "gap cannot be filled yet", metadata: ["symbol": "\(symbol)", "reason": "\(error.detail)"])
                try? await clock.sleep(for: recovery.failed(error, jitter: jitter()))
            }
        }
        return nil
    }

    /// Fetches a hole inside the stream. The venue's history may lag behind its stream: a short answer is asked for
    /// once more a second later.
    func fill(_ symbol: Symbol, pair: String, from: Timestamp, to: Timestamp) async -> BinanceInput? {
        if to - from > Self.longestHole { return await catchUp(symbol, pair: pair, from: from) }
        var recovery = Recovery()
        var isSecondLook = false
        let wanted = Int((to - from).milliseconds / Timeframe.m1.span.milliseconds)
        while !Task.isCancelled {
            do throws(SourceFailure) {
                let candles = try await client.candles(
                    pair: pair, timeframe: .m1, from: from, to: to, priority: .live)
                if candles.count >= wanted || isSecondLook { return .filled(symbol, candles: candles, end: to) }
                isSecondLook = true
                try? await clock.sleep(for: .seconds(1))
            } catch {
                if error == .cancelled { return nil }
                logger.warning(
                    "hole cannot be filled yet", metadata: ["symbol": "\(symbol)", "reason": "\(error.detail)"])
                try? await clock.sleep(for: recovery.failed(error, jitter: jitter()))
            }
        }
        return nil
    }

    private func gap(_ symbol: Symbol, pair: String, from known: Timestamp?) async throws(SourceFailure) -> BinanceInput
    {
        let series = CandleSeries(symbol: symbol, timeframe: .m1, venue: .binance)
        var start = known
        if start == nil {
            do { start = try await store.extent(of: series).map { $0.upperBound + Timeframe.m1.span } } catch {
                throw .unreachable("the store refused: \(error)")
            }
        }
        let now = try await client.serverTime()
        let end = Timeframe.m1.openTime(containing: now)
        let reason: Backfill.Reason = start == nil ? .history : .gap
        var from = start.map { max($0, end - Self.longestGap) } ?? end - .minutes(1000)
        var last: [Candle] = []
        while from < end {
            let to = min(end, from + .minutes(1000))
            let page = try await client.candles(pair: pair, timeframe: .m1, from: from, to: to, priority: .live)
            from = to
            guard !page.isEmpty else { continue }
            do { try await store.save(page, of: series) } catch { throw .unreachable("the store refused: \(error)") }
            await sink.send(
                .backfilled(
                    Backfill(symbol: symbol, venue: .binance, timeframe: .m1, candles: page, reason: reason)))
            last = page
        }
        // Where nothing came, the next candle of the stream shows whether something is missing.
        return .caughtUp(symbol, end: last.last.map { $0.closeTime(.m1) } ?? start, last: last)
    }
}
