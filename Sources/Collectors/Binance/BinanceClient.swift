package import Market
import Synchronization
package import Transport

/// A pair that a venue trades.
package struct Listing: Hashable, Sendable {
    /// As the venue spells it: `BTCUSDT`, `BTC-USD`.
    package var pair: String
    package var base: String
    package var quote: String

    package init(pair: String, base: String, quote: String) {
        self.pair = pair
        self.base = base
        self.quote = quote
    }
}

/// Binance's public REST API, within its weight limit.
package final class BinanceClient: Sendable {
    private let baseURL: String
    private let transport: any HTTPTransport
    private let apiKey: String?
    private let clock: any Clock<Duration>
    private let elapsed: @Sendable () -> Duration
    private let budget: Mutex<WeightBudget>
    let meter: SourceMeter

    package init(
        baseURL: String = "https://api.binance.com", transport: any HTTPTransport, apiKey: String? = nil,
        budget: WeightBudget = WeightBudget(), clock: any Clock<Duration> = ContinuousClock(),
        meter: SourceMeter = SourceMeter(source: "binance")
    ) {
        self.baseURL = baseURL
        self.transport = transport
        self.apiKey = apiKey
        self.clock = clock
        self.budget = Mutex(budget)
        self.meter = meter
        elapsed = Self.stopwatch(clock)
    }

    /// The venue's clock.
    package func serverTime() async throws(SourceFailure) -> Timestamp {
        let body = try await get("/api/v3/time", weight: 1, priority: .live, label: "binance time")
        do { return Timestamp(milliseconds: try BinanceAnswers.serverTime(body)) } catch { throw .malformed(error) }
    }

    /// Pairs that trade now. Learns the weight limit on the way.
    package func listings() async throws(SourceFailure) -> [Listing] {
        let body = try await get(
            "/api/v3/exchangeInfo?showPermissionSets=false", weight: 20, priority: .live, label: "binance exchangeInfo",
            limit: 64 << 20)
        do {
            let info = try BinanceAnswers.exchangeInfo(body)
            if let limit = info.weightPerMinute { budget.withLock { $0.limit = limit } }
            return info.pairs.filter(\.isTrading).map { Listing(pair: $0.name, base: $0.base, quote: $0.quote) }
        } catch {
            throw .malformed(error)
        }
    }

    /// Candles with `from` ≤ open time < `to`, oldest first, at most 1,000. Rows that are no candles are counted and
    /// left out, as are rows out of order.
    package func candles(
        pair: String, timeframe: Timeframe, from: Timestamp?, to: Timestamp, limit: Int = 1000,
        priority: WeightBudget.Priority
    ) async throws(SourceFailure) -> [Candle] {
        var query = "symbol=\(pair)&interval=\(timeframe.rawValue)&endTime=\(to.milliseconds - 1)&limit=\(limit)"
        if let from { query += "&startTime=\(from.milliseconds)" }
        let body = try await get("/api/v3/klines?" + query, weight: 2, priority: priority, label: "binance klines")
        let rows: [BinanceKline]
        do { rows = try BinanceAnswers.klines(body) } catch { throw .malformed(error) }
        var candles: [Candle] = []
        candles.reserveCapacity(rows.count)
        for row in rows {
            do throws(FrameFault) {
                let candle = try BinanceMapping.candle(row, timeframe: timeframe)
                guard candle.openTime < to, from.map({ candle.openTime >= $0 }) ?? true else {
                    throw FrameFault("out_of_range")
                }
                if let last = candles.last, last.openTime >= candle.openTime { throw FrameFault("out_of_order") }
                candles.append(candle)
            } catch {
                meter.malformed(error.reason)
            }
        }
        return candles
    }

    /// 24 h summaries of the pairs. Ones that cannot be read are counted and left out.
    func tickers(pairs: [String]) async throws(SourceFailure) -> [BinanceTicker] {
        let list = pairs.map { "%22\($0)%22" }.joined(separator: ",")
        let weight = pairs.count <= 20 ? 2 : pairs.count <= 100 ? 40 : 80
        let query = pairs.count <= 100 ? "?symbols=%5B\(list)%5D" : ""
        let body = try await get(
            "/api/v3/ticker/24hr" + query, weight: weight, priority: .live, label: "binance ticker")
        do { return try BinanceAnswers.tickers(body) } catch { throw .malformed(error) }
    }

    private func get(
        _ path: String, weight: Int, priority: WeightBudget.Priority, label: String, limit: Int = 16 << 20
    ) async throws(SourceFailure) -> [UInt8] {
        while let wait = budget.withLock({ $0.admit(weight: weight, priority: priority, at: elapsed()) }) {
            do { try await clock.sleep(for: wait) } catch { throw .cancelled }
        }
        let headers = apiKey.map { [(name: "X-MBX-APIKEY", value: $0)] } ?? []
        let answer: HTTPAnswer
        do throws(TransportError) {
            answer = try await transport.send(
                HTTPCall(url: baseURL + path, headers: headers, deadline: .seconds(15), limit: limit, label: label))
        } catch {
            switch error {
            case .notConnected(let reason), .noAnswer(let reason): throw .unreachable(reason)
            case .answerTooLarge: throw .malformed(FrameFault("too_large"))
            case .cancelled: throw .cancelled
            }
        }
        if let used = answer.headers["x-mbx-used-weight-1m"].flatMap({ Int($0) }) {
            budget.withLock { $0.observe(used: used, at: elapsed()) }
        }
        switch answer.status {
        case 200: return answer.body
        case 429, 418:
            let asked = answer.headers["retry-after"].flatMap { Int64($0) }.map { Duration.seconds(max(0, $0)) }
            budget.withLock { $0.close(for: asked ?? .seconds(answer.status == 418 ? 120 : 10), at: elapsed()) }
            throw .limited(retryAfter: asked)
        case 451, 403: throw .refused(status: answer.status)
        default: throw .rejected(status: answer.status)
        }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
