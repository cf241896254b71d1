/// Where a rule is kept: a plain threshold in the `ThresholdTable`, any other in `RuleEngine.slots`.
struct RulePlace: Hashable, Comparable, Sendable {
    /// A slot as it is, a threshold as its complement.
    private let code: Int32

    static func slot(_ index: Int) -> RulePlace { RulePlace(code: Int32(index)) }
    static func threshold(_ index: Int) -> RulePlace { RulePlace(code: ~Int32(index)) }

    /// Before every other place.
    static let least = RulePlace(code: .min)

    /// `nil` for a slot.
    var threshold: Int? { code < 0 ? Int(~code) : nil }
    /// `nil` for a threshold.
    var slot: Int? { code < 0 ? nil : Int(code) }

    static func < (a: RulePlace, b: RulePlace) -> Bool { a.code < b.code }
}
