package import Market

/// A recipient hears of opportunities in `symbol` of at least `minimumStrength` (0 to 1; section 11's strength).
package struct Subscription: Hashable, Sendable, Codable {
    package var symbol: Symbol
    package var minimumStrength: Double

    package init(symbol: Symbol, minimumStrength: Double) {
        self.symbol = symbol
        self.minimumStrength = minimumStrength
    }
}

/// Who may use the bot (`VIGIA_ACCESS`).
package enum AccessMode: String, Sendable, Codable { case open, invite, claim }
