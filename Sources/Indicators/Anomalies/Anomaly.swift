package import Market

/// Something that does not happen by itself at this hour of the week.
package struct Anomaly: Hashable, Sendable, Codable {
    package enum Kind: String, CaseIterable, Sendable, Codable {
        /// A return far outside its usual size.
        case price
        /// Volume far above its usual size.
        case volume
        /// Returns have become much larger, or smaller, than in the week before.
        case volatility
        /// Many returns in a row lean one way.
        case drift
        /// Two venues' prices stand apart.
        case divergence
        /// A price that no longer moves, or does not come.
        case frozen
    }

    package var kind: Kind
    /// Open time of the candle, or the time of the observation.
    package var at: Timestamp
    /// In units of the usual size; its sign is the direction. For `frozen`, how many candles or expected gaps it stands.
    package var score: Double
    /// What the score's size had to pass.
    package var threshold: Double
}

/// How many false alarms are put up with, for all kinds of one symbol together.
package struct AnomalySettings: Hashable, Sendable {
    /// At least 0.01.
    package let falseAlarmsPerWeek: Double

    package init(falseAlarmsPerWeek: Double = 1) { self.falseAlarmsPerWeek = max(0.01, falseAlarmsPerWeek) }

    /// What each kind may take of it.
    func share(of kind: Anomaly.Kind) -> Double {
        switch kind {
        case .price: 0.45 * falseAlarmsPerWeek
        case .volume: 0.25 * falseAlarmsPerWeek
        case .volatility, .drift, .frozen, .divergence: 0.1 * falseAlarmsPerWeek
        }
    }
}
