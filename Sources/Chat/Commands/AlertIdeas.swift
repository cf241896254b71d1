import Decisions
import Foundation
import Market
import Messages

/// Ready-made rules for a symbol, as buttons.
enum AlertIdeas {
    static func reply(_ symbol: Symbol, board: any BoardReader) -> Reply {
        var lines = ["\(symbol) change(24h) > 5%", "\(symbol) change(24h) < -5%"]
        if let price = board.view(of: symbol)?.quote.last.double {
            lines.insert("\(symbol) > \(rounded(price * 1.05))", at: 0)
            lines.insert("\(symbol) < \(rounded(price * 0.95))", at: 1)
        }
        return .sentence(
            "alert_ideas.choose", ["symbol": .text(symbol.description)],
            buttons: lines.map { [ContentButton(.text($0), "/alert \($0)")] })
    }

    /// Three significant digits: a level that a person would name.
    static func rounded(_ price: Double) -> String {
        guard price.isFinite, price > 0 else { return "1" }
        let size = pow(10, (log10(price)).rounded(.down) - 2)
        let value = (price / size).rounded() * size
        // Rounding to a power of ten leaves dust in the last binary digits.
        let digits = max(0, Int(-log10(size).rounded()))
        return Price(String(format: "%.\(digits)f", value))?.description ?? Decimals.plain(value)
    }
}
