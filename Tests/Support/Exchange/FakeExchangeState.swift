import Foundation
import Market

/// Everything a fake exchange knows. Decides what is sent; sends nothing.
struct FakeExchangeState: Sendable {
    struct Client: Sendable {
        var socket: LoopbackSocket
        var isCombined: Bool
        var streams: Set<String>

        func wrap(_ stream: String, _ payload: String) -> String {
            isCombined ? #"{"stream":"\#(stream)","data":\#(payload)}"# : payload
        }
    }

    var now: Timestamp
    var faults = FakeExchangeFaults()
    var journal: [String] = []
    var clients: [Int: Client] = [:]
    var nextClient = 0
    var usedWeight = 0
    var weightMinute: Int64 = 0
    let quote: String
    private(set) var candles: [Symbol: [Candle]]
    private let hours: [Symbol: [Candle]]
    private var held: [Symbol: Candle] = [:]

    init(candles: [Symbol: [Candle]], hours: [Symbol: [Candle]], now: Timestamp, quote: String) {
        self.candles = candles
        self.hours = hours
        self.now = now
        self.quote = quote
    }

    /// End of the last candle.
    var end: Timestamp { candles.values.compactMap { $0.last?.closeTime(.m1) }.max() ?? now }

    var symbols: [Symbol] { candles.keys.sorted() }
    func pair(_ symbol: Symbol) -> String { symbol.base + (symbol.quote ?? quote) }
    func symbol(pair: String) -> Symbol? { symbols.first { self.pair($0) == pair } }

    mutating func replace(_ symbol: Symbol, _ candle: Candle) {
        guard let index = index(symbol, candle.openTime), candles[symbol]?[index].openTime == candle.openTime else {
            return
        }
        candles[symbol]?[index] = candle
    }

    /// Where a candle with this open time stands, or would.
    func index(_ symbol: Symbol, _ time: Timestamp) -> Int? {
        guard let list = candles[symbol] else { return nil }
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].openTime < time { low = middle + 1 } else { high = middle }
        }
        return low < list.count ? low : nil
    }

    /// The candle whose minute contains `time`.
    func candle(_ symbol: Symbol, at time: Timestamp) -> Candle? {
        let openTime = Timeframe.m1.openTime(containing: time)
        guard let index = index(symbol, openTime), let candle = candles[symbol]?[index], candle.openTime == openTime
        else { return nil }
        return candle
    }

    /// The candle as it stands in the middle of its minute: it goes from open over high and low to close.
    func partial(_ candle: Candle, at time: Timestamp) -> Candle {
        let share = Double((time - candle.openTime).milliseconds) / 60_000
        if share >= 1 { return candle }
        let path = [candle.open, candle.high, candle.low, candle.close]
        let reached = Array(path.prefix(1 + Int(share * 3)))
        var now = candle
        now.close = reached.last ?? candle.open
        now.high = reached.max() ?? candle.open
        now.low = reached.min() ?? candle.open
        now.volume = candle.volume * share
        return now
    }

    /// Moves to the next event on the way to `target` and says what to send; `nil` when there.
    mutating func step(to target: Timestamp) -> [(LoopbackSocket, [String])]? {
        guard now < target else { return nil }
        let boundary = Timeframe.m1.openTime(containing: now) + Timeframe.m1.span
        now = min(boundary, target)
        var messages: [Int: [String]] = [:]
        let ids = clients.keys.sorted()
        func add(_ stream: String, _ payload: String) {
            for id in ids {
                guard let client = clients[id], client.streams.contains(stream) else { continue }
                messages[id, default: []].append(client.wrap(stream, payload))
            }
        }
        var summaries: [String] = []
        for symbol in symbols {
            let stream = pair(symbol).lowercased()
            if now == boundary, let closed = candle(symbol, at: boundary - Timeframe.m1.span) {
                for candle in sequence(symbol, closed) {
                    let payload = klineMessage(symbol, candle, at: boundary, isClosed: true)
                    add(stream + "@kline_1m", payload)
                    if faults.duplicates { add(stream + "@kline_1m", payload) }
                }
            }
            guard !faults.closesOnly, let open = candle(symbol, at: now) else { continue }
            let current = partial(open, at: now)
            if !faults.skipped.contains(open.openTime.milliseconds) {
                add(stream + "@kline_1m", klineMessage(symbol, current, at: now, isClosed: false))
            }
            add(stream + "@bookTicker", bookMessage(symbol, current.close))
            summaries.append(miniTicker(symbol, last: current.close))
        }
        if !summaries.isEmpty { add("!miniTicker@arr", "[" + summaries.joined(separator: ",") + "]") }
        return ids.compactMap { id in
            guard let client = clients[id], let list = messages[id] else { return nil }
            return (client.socket, list)
        }
    }

    /// The closed candles to send when `closed` closes, with the faults asked for.
    private mutating func sequence(_ symbol: Symbol, _ closed: Candle) -> [Candle] {
        if faults.skipped.contains(closed.openTime.milliseconds) { return [] }
        if faults.delayed.contains(closed.openTime.milliseconds) {
            held[symbol] = closed
            return []
        }
        guard let late = held.removeValue(forKey: symbol) else { return [closed] }
        return [closed, late]
    }

    /// 1m or longer candles that began, oldest first, with `from` ≤ open time ≤ `to`.
    func rows(_ symbol: Symbol, _ timeframe: Timeframe, from: Timestamp?, to: Timestamp?, limit: Int) -> [Candle] {
        let list: [Candle]
        if timeframe == .m1 {
            list = candles[symbol] ?? []
        } else {
            let minutes = candles[symbol] ?? []
            let made = CandleAggregator.aggregate(minutes, from: .m1, to: timeframe)
            let older = timeframe == .h1 ? hours[symbol] ?? [] : []
            list = older.filter { candle in made.first.map { candle.openTime < $0.openTime } ?? true } + made
        }
        var found: [Candle] = []
        let start = from ?? list.first?.openTime ?? now
        let end = min(to ?? now, now)
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if list[middle].openTime < start { low = middle + 1 } else { high = middle }
        }
        for candle in list[low...] {
            if candle.openTime > end || candle.openTime >= now { break }
            if faults.forgotten.contains(candle.openTime.milliseconds) { continue }
            found.append(candle.closeTime(timeframe) > now && timeframe == .m1 ? partial(candle, at: now) : candle)
            if from != nil, found.count == limit { return found }
        }
        return Array(found.suffix(limit))
    }

    /// The 24 hours up to now: first open, high, low, volume, quote volume.
    func day(_ symbol: Symbol) -> (open: Double, high: Double, low: Double, volume: Double, quoteVolume: Double)? {
        guard let list = candles[symbol], let from = index(symbol, now - .days(1)) else { return nil }
        var result: (open: Double, high: Double, low: Double, volume: Double, quoteVolume: Double)?
        for candle in list[from...] {
            if candle.openTime >= now { break }
            let part = candle.closeTime(.m1) > now ? partial(candle, at: now) : candle
            let known = result ?? (part.open, part.high, part.low, 0, 0)
            result = (
                known.open, max(known.high, part.high), min(known.low, part.low), known.volume + part.volume,
                known.quoteVolume + part.volume * part.close
            )
        }
        return result
    }

    func last(_ symbol: Symbol) -> Double? {
        if let open = candle(symbol, at: now) { return partial(open, at: now).close }
        return rows(symbol, .m1, from: nil, to: nil, limit: 1).last?.close
    }

    func text(_ value: Double) -> String { Decimals.plain(value) }
    func stamp(_ time: Timestamp) -> Int64 { (time + faults.skew).milliseconds }

    func klineMessage(_ symbol: Symbol, _ candle: Candle, at time: Timestamp, isClosed: Bool) -> String {
        let pair = pair(symbol)
        let close = candle.closeTime(.m1).milliseconds - 1
        return
            #"{"e":"kline","E":\#(stamp(time)),"s":"\#(pair)","k":{"t":\#(candle.openTime.milliseconds),"T":\#(close),"#
            + #""s":"\#(pair)","i":"1m","f":1,"L":2,"o":"\#(text(candle.open))","c":"\#(text(candle.close))","#
            + #""h":"\#(text(candle.high))","l":"\#(text(candle.low))","v":"\#(text(candle.volume))","n":2,"#
            + #""x":\#(isClosed),"q":"1.0","V":"1.0","Q":"1.0","B":"0"}}"#
    }

    func bookMessage(_ symbol: Symbol, _ price: Double) -> String {
        let bid = text(price * 0.9999)
        let ask = text(price * 1.0001)
        return #"{"u":1,"s":"\#(pair(symbol))","b":"\#(bid)","B":"1.0","a":"\#(ask)","A":"1.0"}"#
    }

    func miniTicker(_ symbol: Symbol, last: Double) -> String {
        // The whole day is summed for REST only: a stream of it would cost a scan of 1,440 candles each step.
        let open = index(symbol, now - .days(1)).flatMap { candles[symbol]?[$0].open } ?? last
        let high = max(open, last)
        let low = min(open, last)
        return #"{"e":"24hrMiniTicker","E":\#(stamp(now)),"s":"\#(pair(symbol))","c":"\#(text(last))","#
            + #""o":"\#(text(open))","h":"\#(text(high))","l":"\#(text(low))","v":"1000","q":"\#(text(1000 * last))"}"#
    }

    /// Answers a client's JSON message.
    mutating func control(_ text: String, client id: Int) -> String {
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let method = object["method"] as? String
        else { return #"{"code":3,"msg":"Invalid JSON"}"# }
        let parameters = object["params"] as? [String] ?? []
        let request = object["id"] as? Int ?? 0
        journal.append("\(method) \(parameters.joined(separator: ","))")
        switch method {
        case "SUBSCRIBE": clients[id]?.streams.formUnion(parameters)
        case "UNSUBSCRIBE": clients[id]?.streams.subtract(parameters)
        case "LIST_SUBSCRIPTIONS":
            let list = (clients[id]?.streams ?? []).sorted().map { "\"\($0)\"" }.joined(separator: ",")
            return #"{"result":[\#(list)],"id":\#(request)}"#
        default: return #"{"code":2,"msg":"Invalid request","id":\#(request)}"#
        }
        return #"{"result":null,"id":\#(request)}"#
    }
}
