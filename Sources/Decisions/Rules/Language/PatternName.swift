import Indicators
import Market

/// A pattern as a rule names it.
enum PatternName: Hashable, Sendable {
    /// One of TA-Lib's, of both sides or of one.
    case candles(CandlePattern, Side)
    case chart(ChartPattern.Kind)

    enum Side: String, Hashable, Sendable, CaseIterable {
        case either = ""
        case bullish = "bullish_"
        case bearish = "bearish_"
    }

    /// Reads `hammer`, `cdlhammer`, `3whitesoldiers`, `three_white_soldiers`, `bearish_engulfing`, `double_top`.
    init?(_ typed: String) {
        let lower = typed.lowercased()
        if let kind = ChartPattern.Kind.allCases.first(where: {
            PatternName.squeezed($0.rawValue) == PatternName.squeezed(lower)
        }) {
            self = .chart(kind)
            return
        }
        let side = Side.allCases.last { lower.hasPrefix($0.rawValue) } ?? .either
        guard let pattern = PatternName.bySqueezedName[PatternName.squeezed(lower.dropFirst(side.rawValue.count))]
        else { return nil }
        self = .candles(pattern, side)
    }

    /// The spelling that is read back as the same.
    var text: String {
        switch self {
        case .candles(let pattern, let side): side.rawValue + pattern.name
        case .chart(let kind): kind.rawValue
        }
    }

    static func nearest(to typed: String) -> String? {
        let names = ChartPattern.Kind.allCases.map(\.rawValue) + CandlePattern.all.map(\.name)
        let near = EditDistance.nearest(to: typed.lowercased(), in: names, limit: 3)
        return near.isEmpty ? "hammer" : near.joined(separator: ", ")
    }

    private static let bySqueezedName: [String: CandlePattern] = Dictionary(
        uniqueKeysWithValues: CandlePattern.all.map { ($0.name, $0) })

    /// Without what people put between words, and with numbers as TA-Lib writes them.
    private static func squeezed(_ name: some StringProtocol) -> String {
        var words = name.split(separator: "_").map { ["two": "2", "three": "3"][String($0)] ?? String($0) }
        if let first = words.first, first.hasPrefix("cdl") { words[0] = String(first.dropFirst(3)) }
        return words.joined()
    }
}
