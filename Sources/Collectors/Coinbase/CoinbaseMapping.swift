import Market

/// Coinbase's shapes to ours, with every field checked.
enum CoinbaseMapping {
    /// A quote. Bid and ask are left out where the venue has none; crossed ones are a fault.
    static func quote(_ ticker: CoinbaseTicker, symbol: Symbol, receivedAt: Timestamp) throws(FrameFault) -> Quote {
        let last = try BinanceMapping.price(ticker.price)
        let bid = ticker.bid.isEmpty ? nil : try BinanceMapping.price(ticker.bid)
        let ask = ticker.ask.isEmpty ? nil : try BinanceMapping.price(ticker.ask)
        if let bid, let ask, bid > ask { throw FrameFault("crossed_book") }
        return Quote(
            symbol: symbol, venue: .coinbase, last: last, bid: bid, ask: ask, venueTime: try time(ticker.time),
            receivedAt: receivedAt)
    }

    /// Reads `2015-04-08T20:49:06.506997Z`; fractions beyond the millisecond are cut.
    static func time(_ text: String) throws(FrameFault) -> Timestamp {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) throws(FrameFault) -> Int64 {
            guard range.upperBound <= bytes.count else { throw FrameFault("bad_time") }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (48...57).contains(byte) else { throw FrameFault("bad_time") }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        guard bytes.count >= 20, bytes.count <= 40, bytes[4] == 45, bytes[7] == 45, bytes[10] == UInt8(ascii: "T"),
            bytes[13] == 58, bytes[16] == 58
        else { throw FrameFault("bad_time") }
        let (year, month, day) = (try number(0..<4), try number(5..<7), try number(8..<10))
        let (hour, minute, second) = (try number(11..<13), try number(14..<16), try number(17..<19))
        guard (1970...2200).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { throw FrameFault("bad_time") }
        var rest = bytes[19...]
        var milliseconds: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { throw FrameFault("bad_time") }
            for place in 0..<3 {
                let index = digits.startIndex + place
                milliseconds = milliseconds * 10 + (index < digits.endIndex ? Int64(digits[index] - 48) : 0)
            }
            rest = rest[digits.endIndex...]
        }
        guard Array(rest) == [UInt8(ascii: "Z")] else { throw FrameFault("bad_time") }
        let days = CalendarDays.since1970(year: year, month: month, day: day)
        return Timestamp(
            milliseconds: ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milliseconds)
    }
}
