import Market

/// One rule watching one symbol: the compiled condition and where it stands.
struct RuleSlot: Sendable {
    let rule: RuleID
    let subject: Symbol
    let binding: RuleBinding
    /// Counts the rules that had this place, so that an old deadline is recognised.
    let generation: Int
    var state: RuleState.PerSymbol
    /// Sides of the crossings at the evaluation before.
    var memory: [Double]
    /// Restored or resumed: it was not watched until its next known evaluation.
    var wasUnobserved: Bool
    /// Number of the last event that looked at it.
    var lastEvent = 0

    init(
        rule: RuleID, subject: Symbol, binding: RuleBinding, generation: Int, state: RuleState.PerSymbol,
        wasUnobserved: Bool
    ) {
        self.rule = rule
        self.subject = subject
        self.binding = binding
        self.generation = generation
        self.state = state
        self.wasUnobserved = wasUnobserved
        memory = [Double](repeating: .nan, count: binding.memoryCount)
    }
}

/// What an evaluation asks for.
enum RuleStep: Hashable, Sendable {
    case nothing
    /// The stored state changed.
    case changed
    /// Look again then; `changed` as above.
    case wait(until: Int64, changed: Bool)
    case fire
}

/// Armed or spent: section 6, "Firing".
///
/// - Unknown changes nothing: neither phase, nor a hold that has begun.
/// - The first known evaluation decides: false arms; true fires once, said to be true already, and is spent. With `for`
///   it waits until it has held so long while we watched.
/// - Armed and true fires, but not before the rest is over: it stays armed, and fires at the end of the rest if it is
///   true then, however often it changed meanwhile. A crossing is over by then.
/// - Spent and true stays spent for ever. Spent and false (receded by the hysteresis) is armed, in the rest, too.
/// - Between the level and the receded level an armed rule stays armed and a spent one spent; a hold breaks there.
extension RuleState.PerSymbol {
    /// `truth` is 1, 0 or not a number. `hasReceded` is asked only when it matters.
    mutating func advance(
        truth: Double, at now: Int64, rest: Span, holdFor: Span?, hasReceded: () -> Bool
    ) -> RuleStep {
        if truth.isNaN { return .nothing }
        if truth == 0 {
            let before = self
            heldSince = nil
            if phase == .new || (phase == .spent && hasReceded()) { phase = .armed }
            return self == before ? .nothing : .changed
        }
        var changed = false
        if let holdFor, phase != .spent {
            if heldSince == nil {
                heldSince = Timestamp(milliseconds: now)
                changed = true
            }
            let ready = (heldSince?.milliseconds ?? now) + holdFor.milliseconds
            if now < ready { return .wait(until: ready, changed: changed) }
        }
        guard phase != .spent else { return .nothing }
        if let lastFiredAt {
            let rested = lastFiredAt.milliseconds + rest.milliseconds
            if now < rested { return .wait(until: rested, changed: changed) }
        }
        return .fire
    }

    mutating func fired(at now: Int64) {
        phase = .spent
        lastFiredAt = Timestamp(milliseconds: now)
        heldSince = nil
    }
}
