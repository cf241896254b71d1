import Indicators
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct CandlePatternTests {
    /// Candles on a grid of few prices, so that sizes are often equal, bodies empty and candles flat.
    static func grid(_ count: Int, seed: UInt64) -> [Candle] {
        var random = SteadyRandom(seed: seed)
        return (0..<count).map { index in
            let open = 10 + Double(Int.random(in: 0...9, using: &random)) / 10
            let close = Bool.random(using: &random) ? open : 10 + Double(Int.random(in: 0...9, using: &random)) / 10
            let above = Double(Int.random(in: 0...3, using: &random)) / 10
            let below = Double(Int.random(in: 0...3, using: &random)) / 10
            return Candle(
                openTime: Timestamp(seconds: Int64(index) * 60), open: open, high: max(open, close) + above,
                low: min(open, close) - below, close: close, volume: 1)
        }
    }

    @Test(
        "a stream gives at every candle what the whole series gives, and the whole what a prefix gives",
        arguments: 0..<12)
    func streamIsBatch(seed: UInt64) {
        let candles = seed % 2 == 0 ? Self.grid(300, seed: seed) : [Candle].walk(300, seed: seed)
        let whole = CandlePatternTable(candles: candles)
        var stream = CandlePatternStream()
        for (row, candle) in candles.enumerated() {
            stream.update(candle)
            let prefix = row % 37 == 0 ? CandlePatternTable(candles: Array(candles[...row])) : nil
            for pattern in CandlePattern.all {
                let value = whole.value(pattern, at: row)
                #expect(stream.value(pattern) == value)
                if let prefix { #expect(prefix.value(pattern, at: row) == value) }
            }
        }
    }

    @Test("a copy of a stream goes its own way")
    func valueSemantics() {
        let candles = Self.grid(120, seed: 8)
        var stream = CandlePatternStream()
        for candle in candles.prefix(63) { stream.update(candle) }
        var copy = stream
        for candle in candles[63...] { copy.update(candle) }
        for candle in candles[63...] { stream.update(candle) }
        #expect(CandlePattern.all.map { stream.value($0) } == CandlePattern.all.map { copy.value($0) })
    }

    @Test("61 names, found under TA-Lib's spelling and the rules'")
    func names() throws {
        #expect(CandlePattern.all.count == 61)
        #expect(CandlePattern.all.map(\.functionName) == CandlePattern.all.map(\.functionName).sorted())
        for pattern in CandlePattern.all {
            #expect(CandlePattern(pattern.functionName) == pattern)
            #expect(CandlePattern(pattern.name) == pattern)
        }
        #expect(CandlePattern("3WhiteSoldiers")?.functionName == "CDL3WHITESOLDIERS")
        #expect(CandlePattern("head_and_shoulders") == nil)
    }

    /// Ten candles of body 1 and range 2, then the given ones.
    private func after(_ shapes: [(open: Double, high: Double, low: Double, close: Double)], count: Int = 14)
        -> CandlePatternTable
    {
        let lead = (0..<count).map { index in
            let isWhite = index % 2 == 0
            return (open: isWhite ? 100 : 101.0, high: 101.5, low: 99.5, close: isWhite ? 101 : 100.0)
        }
        return CandlePatternTable(
            candles: (lead + shapes).enumerated().map {
                Candle(
                    openTime: Timestamp(seconds: Int64($0) * 60), open: $1.open, high: $1.high, low: $1.low,
                    close: $1.close, volume: 1)
            })
    }

    @Test("drawn by hand, patterns are found where they end")
    func drawn() throws {
        func value(_ name: String, _ shapes: [(Double, Double, Double, Double)]) throws -> Int? {
            let table = after(shapes.map { (open: $0.0, high: $0.1, low: $0.2, close: $0.3) })
            return table.value(try #require(CandlePattern(name)), at: table.count - 1)
        }
        #expect(try value("doji", [(100, 101, 99, 100.1)]) == 100)
        // A tenth of the mean range of 2 is 0.2.
        #expect(try value("doji", [(100, 101, 99, 100.3)]) == 0)
        #expect(try value("marubozu", [(100, 102, 100, 102)]) == 100)
        #expect(try value("marubozu", [(102, 102, 100, 100)]) == -100)
        #expect(try value("hammer", [(99.2, 99.5, 97, 99.5)]) == 100)
        #expect(try value("engulfing", [(101, 101, 100, 100), (99.5, 102, 99, 101.5)]) == 100)
        #expect(try value("engulfing", [(101, 101, 100, 100), (100, 102, 99, 101.5)]) == 80)
        #expect(try value("morningstar", [(101, 101, 97, 97), (96, 96.5, 95.5, 96.2), (97, 101, 97, 100)]) == 100)
        #expect(
            try value("3whitesoldiers", [(100, 102, 100, 102), (101, 103, 101, 103), (102, 104, 102, 104)]) == 100)
        #expect(
            try value("hikkake", [(100, 103, 98, 102), (101, 102, 99, 100), (100, 101, 97, 98), (98, 103, 98, 102.5)])
                == 200)
    }

    @Test("the lead-in is empty, then every cell is a whole number; one column a function")
    func csv() throws {
        let candles = Self.grid(20, seed: 1)
        let lines = CandlePatternTable.csv(candles: candles).split(separator: "\n")
        #expect(lines.count == 21)
        #expect(lines[0] == "open_time," + CandlePattern.all.map(\.functionName).joined(separator: ","))
        for (row, line) in lines.dropFirst().enumerated() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            #expect(cells.count == 62)
            for (pattern, cell) in zip(CandlePattern.all, cells.dropFirst()) {
                #expect(cell.isEmpty == (row < pattern.leadIn))
                #expect(cell.isEmpty || Int(cell) != nil)
            }
        }
    }
}
