/// Answers of the REST API, in the venue's own shape.
/// https://github.com/binance/binance-spot-api-docs/blob/master/rest-api.md
enum BinanceAnswers {
    static func klines(_ body: [UInt8]) throws(FrameFault) -> [BinanceKline] {
        try read(body) { cursor throws(FrameFault) in
            var rows: [BinanceKline] = []
            try cursor.array { _, cursor throws(FrameFault) in rows.append(try BinanceKline.row(&cursor)) }
            return rows
        }
    }

    static func serverTime(_ body: [UInt8]) throws(FrameFault) -> Int64 {
        try read(body) { cursor throws(FrameFault) in
            var time: Int64?
            try cursor.object { key, cursor throws(FrameFault) in
                if key.equals("serverTime") { time = try cursor.integer() } else { try cursor.skip() }
            }
            guard let time else { throw .missingField }
            return time
        }
    }

    /// `/api/v3/ticker/24hr`, for one pair or several.
    static func tickers(_ body: [UInt8]) throws(FrameFault) -> [BinanceTicker] {
        try read(body) { cursor throws(FrameFault) in
            if cursor.peek() == UInt8(ascii: "{") { return [try BinanceTicker.read(&cursor)] }
            var tickers: [BinanceTicker] = []
            try cursor.array { _, cursor throws(FrameFault) in tickers.append(try BinanceTicker.read(&cursor)) }
            return tickers
        }
    }

    static func exchangeInfo(_ body: [UInt8]) throws(FrameFault) -> BinanceExchangeInfo {
        try read(body) { cursor throws(FrameFault) in
            var info = BinanceExchangeInfo()
            var hasSymbols = false
            try cursor.object { key, cursor throws(FrameFault) in
                if key.equals("serverTime") {
                    info.serverTime = try cursor.integer()
                } else if key.equals("rateLimits") {
                    try cursor.array { _, cursor throws(FrameFault) in
                        if let limit = try BinanceExchangeInfo.weightLimit(&cursor) { info.weightPerMinute = limit }
                    }
                } else if key.equals("symbols") {
                    hasSymbols = true
                    try cursor.array { _, cursor throws(FrameFault) in
                        info.pairs.append(try BinanceExchangeInfo.pair(&cursor))
                    }
                } else {
                    try cursor.skip()
                }
            }
            guard hasSymbols else { throw .missingField }
            return info
        }
    }

    private static func read<R>(
        _ body: [UInt8], _ parse: (inout JSONCursor) throws(FrameFault) -> R
    ) throws(FrameFault) -> R {
        var result: Result<R, FrameFault> = .failure(.notJSON)
        body.withUnsafeBytes { raw in
            do throws(FrameFault) { result = .success(try JSONCursor.read(raw, parse)) } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }
}

struct BinanceTicker: Hashable, Sendable {
    var pair = ""
    var last = ""
    var open = ""
    var high = ""
    var low = ""
    var volume = ""
    var quoteVolume = ""
    var closeTime: Int64 = 0

    fileprivate static func read(_ cursor: inout JSONCursor) throws(FrameFault) -> BinanceTicker {
        var ticker = BinanceTicker()
        var count = 0
        try cursor.object { key, cursor throws(FrameFault) in
            count += 1
            if key.equals("symbol") {
                ticker.pair = try cursor.string().text
            } else if key.equals("lastPrice") {
                ticker.last = try cursor.decimal()
            } else if key.equals("openPrice") {
                ticker.open = try cursor.decimal()
            } else if key.equals("highPrice") {
                ticker.high = try cursor.decimal()
            } else if key.equals("lowPrice") {
                ticker.low = try cursor.decimal()
            } else if key.equals("volume") {
                ticker.volume = try cursor.decimal()
            } else if key.equals("quoteVolume") {
                ticker.quoteVolume = try cursor.decimal()
            } else if key.equals("closeTime") {
                ticker.closeTime = try cursor.integer()
            } else {
                count -= 1
                try cursor.skip()
            }
        }
        guard count >= 8 else { throw .missingField }
        return ticker
    }
}

struct BinanceExchangeInfo: Hashable, Sendable {
    struct Pair: Hashable, Sendable {
        var name = ""
        var base = ""
        var quote = ""
        var isTrading = false
    }
    var serverTime: Int64 = 0
    var weightPerMinute: Int?
    var pairs: [Pair] = []

    fileprivate static func pair(_ cursor: inout JSONCursor) throws(FrameFault) -> Pair {
        var pair = Pair()
        try cursor.object { key, cursor throws(FrameFault) in
            if key.equals("symbol") {
                pair.name = try cursor.string().text
            } else if key.equals("baseAsset") {
                pair.base = try cursor.string().text
            } else if key.equals("quoteAsset") {
                pair.quote = try cursor.string().text
            } else if key.equals("status") {
                pair.isTrading = try cursor.string().equals("TRADING")
            } else {
                try cursor.skip()
            }
        }
        guard !pair.name.isEmpty, !pair.base.isEmpty, !pair.quote.isEmpty else { throw .missingField }
        return pair
    }

    /// The weight allowed in a minute, if this limit is that one.
    fileprivate static func weightLimit(_ cursor: inout JSONCursor) throws(FrameFault) -> Int? {
        var isWeight = false
        var isMinute = false
        var count: Int64 = 0
        var limit: Int64 = 0
        try cursor.object { key, cursor throws(FrameFault) in
            if key.equals("rateLimitType") {
                isWeight = try cursor.string().equals("REQUEST_WEIGHT")
            } else if key.equals("interval") {
                isMinute = try cursor.string().equals("MINUTE")
            } else if key.equals("intervalNum") {
                count = try cursor.integer()
            } else if key.equals("limit") {
                limit = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
        return isWeight && isMinute && count == 1 && limit > 0 ? Int(limit) : nil
    }
}
