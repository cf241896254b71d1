/// The four figures of VADER for one text.
package struct VaderScores: Hashable, Sendable {
    /// Shares of the text that are negative, neutral and positive, 0 to 1 with three decimals. All 0 for a text without
    /// words.
    package var negative: Double
    package var neutral: Double
    package var positive: Double
    /// The whole tone, −1 to 1 with four decimals.
    package var compound: Double

    package init(negative: Double, neutral: Double, positive: Double, compound: Double) {
        self.negative = negative
        self.neutral = neutral
        self.positive = positive
        self.compound = compound
    }

    static let none = VaderScores(negative: 0, neutral: 0, positive: 0, compound: 0)
}

/// Decimal rounding as Python's `round` does it.
enum DecimalRounding {
    /// The double nearest to `value` rounded to `1 / scale`, exactly: the true value of the double decides, and a true tie
    /// goes to the even neighbour. `scale` is a power of ten up to 10,000; `value` at most 1,000,000 in size.
    @inline(__always) static func round(_ value: Double, scale: Double) -> Double {
        let product = value.magnitude * scale
        var whole = product.rounded(.down)
        let above = product - whole - 0.5
        if above > 0 {
            whole += 1
        } else if above == 0 {
            // The product may itself have been rounded to the tie; its error says on which side the true one lies.
            let error = (-product).addingProduct(value.magnitude, scale)
            if error > 0 || (error == 0 && !whole.truncatingRemainder(dividingBy: 2).isZero) { whole += 1 }
        }
        let rounded = whole / scale
        return value < 0 ? -rounded : rounded
    }
}
