import Foundation
package import Market

/// Candles as fixed-width text: rising bodies are full, falling ones light (so colour is not needed), wicks are thin lines;
/// a scale stands on the right, a row of volumes underneath. No line is wider than `width`.
package struct TextChart: Hashable, Sendable {
    /// Fits the narrowest phone in fixed width.
    package static let standardWidth = 34
    /// No chart of the standard width draws more.
    package static let mostCandles = 32

    /// The candles that are drawn: the newest that fit.
    package let candles: [Candle]
    package let high: Double
    package let low: Double
    package let lines: [String]

    package var text: String { lines.joined(separator: "\n") }

    /// `nil` without candles, or for a size that holds no drawing (`width` at least 16, `height` at least 3 rows).
    package init?(candles: [Candle], width: Int = standardWidth, height: Int = 13) {
        guard width >= 16, height >= 3, !candles.isEmpty, candles.allSatisfy({ $0.defect == nil }) else { return nil }
        // The scale's width depends on the range, the range on how many candles fit: the widest possible set decides.
        let wide = Array(candles.suffix(width - 3))
        let scale = TextScale(wide, height: height)
        let fitting = Array(wide.suffix(width - scale.labelWidth - 2))
        self.init(fitting, TextScale(fitting, height: height), labelWidth: scale.labelWidth)
    }

    private init(_ candles: [Candle], _ scale: TextScale, labelWidth: Int) {
        self.candles = candles
        high = candles.map(\.high).max() ?? scale.top
        low = candles.map(\.low).min() ?? scale.bottom
        let lastRow = scale.row(of: candles.last?.close ?? scale.bottom)
        var lines = (0..<scale.height).map { row -> String in
            let cells = candles.map { TextChart.cell($0, row: row, scale) }.joined()
            let isLast = row == lastRow
            guard isLast || row % 4 == 0 || row == scale.height - 1 else { return TextChart.trimmed(cells) }
            let value = isLast ? candles.last?.close ?? 0 : scale.value(ofRow: row)
            return cells + (isLast ? "◂" : " ") + scale.label(value, width: labelWidth)
        }
        if let volumes = TextChart.bars(candles.map(\.volume)) { lines.append(volumes) }
        self.lines = lines
    }

    private static func cell(_ candle: Candle, row: Int, _ scale: TextScale) -> String {
        let top = scale.row(of: max(candle.open, candle.close))
        let bottom = scale.row(of: min(candle.open, candle.close))
        if (top...bottom).contains(row) { return candle.close >= candle.open ? "█" : "░" }
        return (scale.row(of: candle.high)...scale.row(of: candle.low)).contains(row) ? "│" : " "
    }

    /// One row of bars, each against the greatest value; `nil` where all are zero.
    package static func bars(_ values: [Double]) -> String? {
        let steps = Array("▁▂▃▄▅▆▇█")
        guard let most = values.max(), most > 0 else { return nil }
        return String(values.map { value in steps[min(7, max(0, Int((value / most * 8).rounded(.up)) - 1))] })
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// Prices to rows, row 0 at the top.
struct TextScale {
    let top: Double
    let bottom: Double
    let height: Int
    let decimals: Int

    init(_ candles: [Candle], height: Int) {
        let high = candles.map(\.high).max() ?? 1
        let low = candles.map(\.low).min() ?? 1
        // A market that stood still gets a range of its own, or every row would be the same price.
        let padding = high > low ? 0 : max(high * 0.001, .leastNormalMagnitude)
        top = high + padding
        bottom = low - padding
        self.height = height
        // As many digits as tell neighbouring rows apart.
        let step = (top - bottom) / Double(height)
        decimals = step > 0 ? min(12, max(0, Int((-log10(step)).rounded(.up)))) : 0
    }

    func row(of price: Double) -> Int {
        let share = (top - price) / (top - bottom)
        return min(height - 1, max(0, Int(share * Double(height))))
    }

    func value(ofRow row: Int) -> Double {
        top - (top - bottom) * Double(row) / Double(height - 1)
    }

    var labelWidth: Int { max(label(top).count, label(bottom).count) }

    func label(_ value: Double, width: Int = 0) -> String {
        let text = String(format: "%.\(decimals)f", value)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
