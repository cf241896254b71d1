/// Answers of Coinbase Exchange's public API, in the venue's own shape. Unknown fields are ignored.
/// https://docs.cdp.coinbase.com/api-reference/exchange-api
struct CoinbaseTicker: Hashable, Sendable {
    var price = ""
    var bid = ""
    var ask = ""
    var time = ""

    /// Other messages of the feed, each counted under its own name.
    private static let known: Set = [
        "l2update", "snapshot", "match", "last_match", "subscriptions", "heartbeat", "error",
    ]

    /// Reads `/products/{id}/ticker`, or a `ticker` message of the feed, which says `best_bid` and `best_ask`.
    static func decode(_ body: [UInt8]) throws(FrameFault) -> CoinbaseTicker {
        try CoinbaseAnswers.read(body) { cursor throws(FrameFault) in
            var ticker = CoinbaseTicker()
            var kind = "ticker"
            try cursor.object { key, cursor throws(FrameFault) in
                if key.equals("price") {
                    ticker.price = try cursor.decimal()
                } else if key.equals("bid") || key.equals("best_bid") {
                    ticker.bid = try cursor.decimal()
                } else if key.equals("ask") || key.equals("best_ask") {
                    ticker.ask = try cursor.decimal()
                } else if key.equals("type") {
                    kind = try cursor.string().text
                } else if key.equals("time") {
                    ticker.time = try cursor.string().text
                } else {
                    try cursor.skip()
                }
            }
            guard kind == "ticker" else { throw FrameFault("unread_" + (Self.known.contains(kind) ? kind : "other")) }
            guard !ticker.price.isEmpty, !ticker.time.isEmpty else { throw .missingField }
            return ticker
        }
    }
}

enum CoinbaseAnswers {
    /// `/products`: those that can be traded.
    static func products(_ body: [UInt8]) throws(FrameFault) -> [Listing] {
        try read(body) { cursor throws(FrameFault) in
            var listings: [Listing] = []
            try cursor.array { _, cursor throws(FrameFault) in
                var listing = Listing(pair: "", base: "", quote: "")
                var isTrading = true
                try cursor.object { key, cursor throws(FrameFault) in
                    if key.equals("id") {
                        listing.pair = try cursor.string().text
                    } else if key.equals("base_currency") {
                        listing.base = try cursor.string().text
                    } else if key.equals("quote_currency") {
                        listing.quote = try cursor.string().text
                    } else if key.equals("status") {
                        if try !cursor.string().equals("online") { isTrading = false }
                    } else if key.equals("trading_disabled") {
                        if try cursor.boolean() { isTrading = false }
                    } else {
                        try cursor.skip()
                    }
                }
                guard !listing.pair.isEmpty, !listing.base.isEmpty, !listing.quote.isEmpty else { throw .missingField }
                if isTrading { listings.append(listing) }
            }
            return listings
        }
    }

    /// `/time`, in its ISO spelling.
    static func time(_ body: [UInt8]) throws(FrameFault) -> String {
        try read(body) { cursor throws(FrameFault) in
            var time: String?
            try cursor.object { key, cursor throws(FrameFault) in
                if key.equals("iso") { time = try cursor.string().text } else { try cursor.skip() }
            }
            guard let time else { throw .missingField }
            return time
        }
    }

    static func read<R>(
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
