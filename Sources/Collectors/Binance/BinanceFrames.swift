/// A message of a Binance stream, in the venue's own shape. Decimals stay text. Unknown fields are ignored.
/// https://github.com/binance/binance-spot-api-docs/blob/master/web-socket-streams.md
enum BinanceFrame: Hashable, Sendable {
    case kline(BinanceKline)
    case bookTicker(BinanceBookTicker)
    case miniTickers([BinanceMiniTicker])
    /// The server is about to close every connection.
    case serverShutdown
    /// The answer to a request of ours; `code` is set when it was refused.
    case reply(id: Int64?, code: Int64?)
    /// A message of a kind we do not read, named by the venue.
    case other(String)
}

struct BinanceKline: Hashable, Sendable {
    var eventTime: Int64 = 0
    var pair = ""
    var interval = ""
    var openTime: Int64 = 0
    var closeTime: Int64 = 0
    var open = ""
    var high = ""
    var low = ""
    var close = ""
    var volume = ""
    var isClosed = false
}

struct BinanceBookTicker: Hashable, Sendable {
    var pair = ""
    var bid = ""
    var ask = ""
}

struct BinanceMiniTicker: Hashable, Sendable {
    var eventTime: Int64 = 0
    var pair = ""
    var open = ""
    var high = ""
    var low = ""
    var close = ""
    var volume = ""
    var quoteVolume = ""
}

extension BinanceFrame {
    /// Reads one message, bare or in the envelope of combined streams.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(FrameFault) -> BinanceFrame {
        try JSONCursor.read(bytes) { cursor throws(FrameFault) in
            try payload(&cursor, name: "", depth: 0)
        }
    }

    static func decode(_ bytes: [UInt8]) throws(FrameFault) -> BinanceFrame {
        var result: Result<BinanceFrame, FrameFault> = .failure(.notJSON)
        bytes.withUnsafeBytes { raw in
            do throws(FrameFault) { result = .success(try decode(raw)) } catch { result = .failure(error) }
        }
        return try result.get()
    }

    private static func payload(
        _ cursor: inout JSONCursor, name: String, depth: Int
    ) throws(FrameFault) -> BinanceFrame {
        guard depth < 3 else { throw FrameFault("too_deep") }
        switch cursor.peek() {
        case UInt8(ascii: "["): return try list(&cursor)
        case UInt8(ascii: "{"): return try single(&cursor, name: name, depth: depth)
        default:
            try cursor.skip()
            throw .wrongType
        }
    }

    private static func list(_ cursor: inout JSONCursor) throws(FrameFault) -> BinanceFrame {
        var tickers: [BinanceMiniTicker] = []
        var stranger: String?
        try cursor.array { _, cursor throws(FrameFault) in
            var fields = BinanceFields()
            try fields.read(&cursor)
            if fields.event == "24hrMiniTicker" {
                tickers.append(try fields.miniTicker())
            } else {
                stranger = fields.event
            }
        }
        if let stranger { return .other(stranger.isEmpty ? "array" : stranger) }
        return .miniTickers(tickers)
    }

    private static func single(
        _ cursor: inout JSONCursor, name: String, depth: Int
    ) throws(FrameFault) -> BinanceFrame {
        var fields = BinanceFields()
        var inner: BinanceFrame?
        try cursor.object { key, cursor throws(FrameFault) in
            if key.equals("data") {
                inner = try payload(&cursor, name: fields.stream, depth: depth + 1)
            } else {
                try fields.field(key, &cursor)
            }
        }
        if let inner { return inner }
        switch fields.event {
        case "kline":
            guard var kline = fields.kline else { throw .missingField }
            guard let eventTime = fields.eventTime else { throw .missingField }
            kline.eventTime = eventTime
            if kline.pair.isEmpty { kline.pair = fields.pair }
            return .kline(kline)
        case "24hrMiniTicker": return .miniTickers([try fields.miniTicker()])
        case "serverShutdown": return .serverShutdown
        case "bookTicker", "":
            if fields.event.isEmpty, fields.isReply { return .reply(id: fields.id, code: fields.code) }
            if fields.event == "bookTicker" || name.hasSuffix("bookTicker") || fields.looksLikeBook {
                return .bookTicker(try fields.bookTicker())
            }
            return .other(name.isEmpty ? "object" : String(name.drop { $0 != "@" }.dropFirst()))
        default: return .other(fields.event)
        }
    }
}

/// The fields of one message, whatever its kind.
private struct BinanceFields {
    var stream = ""
    var event = ""
    var eventTime: Int64?
    var pair = ""
    var kline: BinanceKline?
    var isReply = false
    var id: Int64?
    var code: Int64?
    private var texts: [UInt8: String] = [:]

    mutating func read(_ cursor: inout JSONCursor) throws(FrameFault) {
        guard cursor.peek() == UInt8(ascii: "{") else { throw .wrongType }
        var copy = self
        try cursor.object { key, cursor throws(FrameFault) in try copy.field(key, &cursor) }
        self = copy
    }

    mutating func field(_ key: JSONText, _ cursor: inout JSONCursor) throws(FrameFault) {
        switch key.letter {
        case UInt8(ascii: "e"): event = try cursor.string().text
        case UInt8(ascii: "E"): eventTime = try cursor.integer()
        case UInt8(ascii: "s"): pair = try cursor.string().text
        case UInt8(ascii: "k"): kline = try BinanceKline.read(&cursor)
        case UInt8(ascii: "o"), UInt8(ascii: "h"), UInt8(ascii: "l"), UInt8(ascii: "c"), UInt8(ascii: "v"),
            UInt8(ascii: "q"), UInt8(ascii: "b"), UInt8(ascii: "a"):
            // Other kinds of message use the same letters for lists and flags.
            let next = cursor.peek()
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "-") || (48...57).contains(next) {
                texts[key.letter] = try cursor.decimal()
            } else {
                try cursor.skip()
            }
        default:
            if key.equals("stream") {
                stream = try cursor.string().text
            } else if key.equals("id") {
                isReply = true
                if (48...57).contains(cursor.peek()) { id = try cursor.integer() } else { try cursor.skip() }
            } else if key.equals("result") {
                isReply = true
                try cursor.skip()
            } else if key.equals("code") {
                isReply = true
                code = try cursor.integer()
            } else {
                try cursor.skip()
            }
        }
    }

    var looksLikeBook: Bool {
        event.isEmpty && !pair.isEmpty && texts[UInt8(ascii: "b")] != nil && texts[UInt8(ascii: "a")] != nil
    }

    private func text(_ letter: Unicode.Scalar) throws(FrameFault) -> String {
        guard let text = texts[UInt8(ascii: letter)] else { throw .missingField }
        return text
    }

    func bookTicker() throws(FrameFault) -> BinanceBookTicker {
        guard !pair.isEmpty else { throw .missingField }
        return BinanceBookTicker(pair: pair, bid: try text("b"), ask: try text("a"))
    }

    func miniTicker() throws(FrameFault) -> BinanceMiniTicker {
        guard !pair.isEmpty, let eventTime else { throw .missingField }
        return BinanceMiniTicker(
            eventTime: eventTime, pair: pair, open: try text("o"), high: try text("h"), low: try text("l"),
            close: try text("c"), volume: try text("v"), quoteVolume: try text("q"))
    }
}

extension BinanceKline {
    fileprivate static func read(_ cursor: inout JSONCursor) throws(FrameFault) -> BinanceKline {
        var kline = BinanceKline()
        var seen: Set<UInt8> = []
        try cursor.object { key, cursor throws(FrameFault) in
            seen.insert(key.letter)
            switch key.letter {
            case UInt8(ascii: "t"): kline.openTime = try cursor.integer()
            case UInt8(ascii: "T"): kline.closeTime = try cursor.integer()
            case UInt8(ascii: "s"): kline.pair = try cursor.string().text
            case UInt8(ascii: "i"): kline.interval = try cursor.string().text
            case UInt8(ascii: "o"): kline.open = try cursor.decimal()
            case UInt8(ascii: "h"): kline.high = try cursor.decimal()
            case UInt8(ascii: "l"): kline.low = try cursor.decimal()
            case UInt8(ascii: "c"): kline.close = try cursor.decimal()
            case UInt8(ascii: "v"): kline.volume = try cursor.decimal()
            case UInt8(ascii: "x"): kline.isClosed = try cursor.boolean()
            default: try cursor.skip()
            }
        }
        guard seen.isSuperset(of: "tTiohlcvx".utf8) else { throw .missingField }
        return kline
    }

    /// Reads one row of `/api/v3/klines`: `[open time, open, high, low, close, volume, close time, …]`.
    static func row(_ cursor: inout JSONCursor) throws(FrameFault) -> BinanceKline {
        var kline = BinanceKline(isClosed: true)
        var count = 0
        try cursor.array { index, cursor throws(FrameFault) in
            count += 1
            switch index {
            case 0: kline.openTime = try cursor.integer()
            case 1: kline.open = try cursor.decimal()
            case 2: kline.high = try cursor.decimal()
            case 3: kline.low = try cursor.decimal()
            case 4: kline.close = try cursor.decimal()
            case 5: kline.volume = try cursor.decimal()
            case 6: kline.closeTime = try cursor.integer()
            default: try cursor.skip()
            }
        }
        guard count >= 7 else { throw .missingField }
        return kline
    }
}
