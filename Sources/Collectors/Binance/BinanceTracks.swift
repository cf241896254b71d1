import Market

/// What reaches the collector's one intake, in the order it is dealt with.
enum BinanceInput: Sendable {
    case watch([Symbol])
    /// These pairs stream from now on: what came before has to be fetched.
    case streaming(stream: Int, pairs: [String])
    case interrupted(stream: Int, failure: SourceFailure?, failures: Int, state: SourceHealth.State)
    case frame(BinanceFrame, receivedAt: Timestamp)
    /// What lay before the stream has been given out up to `end`.
    case caughtUp(Symbol, end: Timestamp?, last: [Candle])
    /// 24 h summaries by REST, while the stream is down.
    case summaries([BinanceTicker], receivedAt: Timestamp)
    /// What a hole inside the stream held.
    case filled(Symbol, candles: [Candle], end: Timestamp)
}

/// What each watched symbol's stream has shown, and what follows from the next frame. Decides; sends nothing.
struct BinanceTracks {
    struct Track {
        var symbol: Symbol
        var pair: String
        var sequencer = CandleSequencer(timeframe: .m1)
        var lastQuoteAt: Timestamp?
        /// A task is fetching candles for it.
        var isFetching = false
        /// The stream came back while one was: another round is needed.
        var fetchAgain = false
    }
    enum Outcome {
        case send(MarketEvent)
        /// A closed candle to give out and to save.
        case close(ClosedCandle)
        case correct(ClosedCandle)
        case fetch(Symbol, pair: String, from: Timestamp, to: Timestamp)
        case catchUp(Symbol, pair: String, from: Timestamp?)
        case count(String)
    }

    private(set) var tracks: [Symbol: Track] = [:]
    private var symbols: [String: Symbol] = [:]

    var pairs: [String] { tracks.values.map(\.pair).sorted() }
    func symbol(_ pair: String) -> Symbol? { symbols[pair] }

    /// Sets what is watched; returns the symbols that are new.
    mutating func watch(_ wanted: [Symbol], pair: (Symbol) -> String) -> [Symbol] {
        let keep = Set(wanted)
        for symbol in tracks.keys where !keep.contains(symbol) {
            if let track = tracks.removeValue(forKey: symbol) { symbols[track.pair] = nil }
        }
        var added: [Symbol] = []
        for symbol in wanted where tracks[symbol] == nil {
            let name = pair(symbol).uppercased()
            tracks[symbol] = Track(symbol: symbol, pair: name)
            symbols[name] = symbol
            added.append(symbol)
        }
        return added
    }

    /// The pair streams from now on: candles wait until what came before is there.
    mutating func streaming(_ pair: String) -> [Outcome] {
        guard let symbol = symbols[pair], var track = tracks[symbol] else { return [] }
        defer { tracks[symbol] = track }
        track.sequencer.hold()
        guard !track.isFetching else {
            track.fetchAgain = true
            return []
        }
        track.isFetching = true
        return [.catchUp(symbol, pair: pair, from: track.sequencer.next)]
    }

    mutating func kline(_ kline: BinanceKline, receivedAt: Timestamp) -> [Outcome] {
        guard let symbol = symbols[kline.pair], var track = tracks[symbol] else { return [.count("not_watched")] }
        guard kline.interval == "1m" else { return [.count("other_interval")] }
        defer { tracks[symbol] = track }
        let candle: Candle
        do throws(FrameFault) { candle = try BinanceMapping.candle(kline, timeframe: .m1) } catch {
            return [.count(error.reason)]
        }
        // A kline belongs to the minute its event time falls in, or to the one that has just ended.
        let eventTime = Timestamp(milliseconds: kline.eventTime)
        guard eventTime >= candle.openTime - .seconds(5), eventTime <= candle.closeTime(.m1) + VenueClock.tolerance
        else { return [.count("clock_skew")] }
        guard !kline.isClosed || eventTime >= candle.closeTime(.m1) - .seconds(5) else {
            return [.count("closed_early")]
        }
        // The candle goes before the price it closed with: what is decided at its instant sees all that it completes.
        var outcomes: [Outcome] = []
        if kline.isClosed {
            outcomes = apply(track.sequencer.closed(candle), to: &track, receivedAt: receivedAt)
        }
        return outcomes + quote(&track, kline.close, at: eventTime, receivedAt: receivedAt)
    }

    mutating func bookTicker(_ ticker: BinanceBookTicker, receivedAt: Timestamp) -> [Outcome] {
        guard let symbol = symbols[ticker.pair] else { return [.count("not_watched")] }
        do throws(FrameFault) {
            return [.send(.bookTop(try BinanceMapping.bookTop(ticker, symbol: symbol, receivedAt: receivedAt)))]
        } catch {
            return [.count(error.reason)]
        }
    }

    /// Summaries of the whole market: those of watched symbols are given on, the others left without a count.
    mutating func miniTicker(_ mini: BinanceMiniTicker, receivedAt: Timestamp) -> [Outcome] {
        guard let symbol = symbols[mini.pair] else { return [] }
        do throws(FrameFault) {
            return summary(try BinanceMapping.ticker(mini, symbol: symbol, receivedAt: receivedAt))
        } catch {
            return [.count(error.reason)]
        }
    }

    /// A 24 h summary, from the stream or from REST while the stream is down.
    mutating func summary(_ ticker: Ticker) -> [Outcome] {
        guard var track = tracks[ticker.symbol] else { return [] }
        defer { tracks[ticker.symbol] = track }
        return [.send(.ticker(ticker))]
            + quote(&track, ticker.last.description, at: ticker.venueTime, receivedAt: ticker.receivedAt)
    }

    mutating func caughtUp(_ symbol: Symbol, end: Timestamp?, last: [Candle], receivedAt: Timestamp) -> [Outcome] {
        guard var track = tracks[symbol] else { return [] }
        defer { tracks[symbol] = track }
        track.isFetching = false
        if track.fetchAgain {
            track.fetchAgain = false
            track.isFetching = true
            if let end { track.sequencer.resume(at: end) }
            return [.catchUp(symbol, pair: track.pair, from: track.sequencer.next)]
        }
        return apply(track.sequencer.caughtUp(to: end, last: last), to: &track, receivedAt: receivedAt)
    }

    mutating func filled(_ symbol: Symbol, candles: [Candle], end: Timestamp, receivedAt: Timestamp) -> [Outcome] {
        guard var track = tracks[symbol] else { return [] }
        defer { tracks[symbol] = track }
        track.isFetching = false
        var outcomes = apply(track.sequencer.filled(candles, upTo: end), to: &track, receivedAt: receivedAt)
        if track.fetchAgain {
            track.fetchAgain = false
            if !track.isFetching {
                track.isFetching = true
                track.sequencer.hold()
                outcomes.append(.catchUp(symbol, pair: track.pair, from: track.sequencer.next))
            }
        }
        return outcomes
    }

    private func quote(_ track: inout Track, _ last: String, at time: Timestamp, receivedAt: Timestamp) -> [Outcome] {
        // Two streams speak of the same trades; the older word is no news.
        guard track.lastQuoteAt.map({ time >= $0 }) ?? true else { return [] }
        do throws(FrameFault) {
            let price = try BinanceMapping.price(last)
            track.lastQuoteAt = time
            return [
                .send(
                    .quote(
                        Quote(
                            symbol: track.symbol, venue: .binance, last: price, venueTime: time, receivedAt: receivedAt
                        )))
            ]
        } catch {
            return [.count(error.reason)]
        }
    }

    private func apply(
        _ actions: [CandleSequencer.Action], to track: inout Track, receivedAt: Timestamp
    ) -> [Outcome] {
        actions.map { action in
            switch action {
            case .emit(let candle): return .close(closed(track, candle, receivedAt))
            case .correct(let candle): return .correct(closed(track, candle, receivedAt))
            case .fetch(let from, let to):
                track.isFetching = true
                return .fetch(track.symbol, pair: track.pair, from: from, to: to)
            case .duplicate: return .count("duplicate_candle")
            case .late: return .count("late_candle")
            case .overflow: return .count("waiting_overflow")
            case .hole: return .count("hole")
            }
        }
    }

    private func closed(_ track: Track, _ candle: Candle, _ receivedAt: Timestamp) -> ClosedCandle {
        ClosedCandle(symbol: track.symbol, venue: .binance, timeframe: .m1, candle: candle, receivedAt: receivedAt)
    }
}
