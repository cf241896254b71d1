package import Market

/// One of the 61 candlestick patterns, under TA-Lib's name for its function.
///
/// A value is 100 or 80 for a bullish and −100 or −80 for a bearish pattern (whichever sign TA-Lib gives it), 200 or −200
/// where a pattern is confirmed, 0 where there is none. It belongs to the last candle of the pattern and never changes
/// once that candle is closed.
package struct CandlePattern: Hashable, Sendable, CustomStringConvertible {
    /// Place in `all` and in a row of values.
    package let index: Int

    /// TA-Lib's function: `CDLDOJI`.
    package var functionName: String { PatternCatalogue.entries[index].functionName }

    /// How rules spell it: `doji`, `3whitesoldiers`.
    package var name: String { functionName.dropFirst(3).lowercased() }

    /// How many candles come before the first that has a value.
    package var leadIn: Int { PatternCatalogue.entries[index].first }

    package var description: String { functionName }

    /// In the order of the functions' names.
    package static let all = PatternCatalogue.entries.indices.map { CandlePattern(index: $0) }

    private static let byName: [String: CandlePattern] = Dictionary(
        uniqueKeysWithValues: all.map { ($0.functionName, $0) })

    private init(index: Int) { self.index = index }

    /// Reads `CDLDOJI` and `doji`, in any letters; `nil` for another name.
    package init?(_ name: String) {
        let name = name.uppercased()
        guard let found = CandlePattern.byName[name] ?? CandlePattern.byName["CDL" + name] else { return nil }
        self = found
    }
}

/// Candlestick patterns of closed candles fed in order. Work per candle does not depend on how many came before.
package struct CandlePatternStream: Sendable {
    private var scanner = PatternScanner()
    private var row = [Int16](repeating: 0, count: CandlePattern.all.count)

    package init() {}

    /// Takes the next closed candle.
    package mutating func update(_ candle: Candle) {
        row.withUnsafeMutableBufferPointer { row in
            guard let start = row.baseAddress else { return }
            scanner.scan(candle.open, candle.high, candle.low, candle.close, into: start)
        }
    }

    /// At the newest candle; `nil` during the pattern's lead-in.
    package func value(_ pattern: CandlePattern) -> Int? {
        scanner.count > pattern.leadIn ? Int(row[pattern.index]) : nil
    }
}

/// Candlestick patterns of a whole series.
package struct CandlePatternTable: Sendable {
    /// How many candles.
    package let count: Int
    private let values: [Int16]

    package init(candles: [Candle]) {
        let width = CandlePattern.all.count
        var scanner = PatternScanner()
        count = candles.count
        values = [Int16](unsafeUninitializedCapacity: candles.count * width) { buffer, used in
            if var row = buffer.baseAddress {
                for candle in candles {
                    scanner.scan(candle.open, candle.high, candle.low, candle.close, into: row)
                    row += width
                }
            }
            used = candles.count * width
        }
    }

    /// `nil` in the pattern's lead-in. `row` is the candle's index.
    package func value(_ pattern: CandlePattern, at row: Int) -> Int? {
        row < pattern.leadIn ? nil : Int(values[row * CandlePattern.all.count + pattern.index])
    }

    /// Patterns that stand at a candle.
    package func hits(at row: Int) -> [(pattern: CandlePattern, value: Int)] {
        CandlePattern.all.compactMap { pattern in
            value(pattern, at: row).flatMap { $0 == 0 ? nil : (pattern, $0) }
        }
    }

    /// CSV: `open_time` and a column for each function; empty in the lead-in.
    package static func csv(candles: [Candle]) -> String {
        let table = CandlePatternTable(candles: candles)
        var text = (["open_time"] + CandlePattern.all.map(\.functionName)).joined(separator: ",") + "\n"
        for (row, candle) in candles.enumerated() {
            text += "\(candle.openTime.milliseconds)"
            for pattern in CandlePattern.all { text += table.value(pattern, at: row).map { ",\($0)" } ?? "," }
            text += "\n"
        }
        return text
    }
}
