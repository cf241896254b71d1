package import Decisions
package import Market

/// How a situation has gone since its alert: what its message shows, and when that is worth an edit. Edits are few: one a
/// change of state, and a bounded number for moves that are worth showing.
package struct LivingSituation: Hashable, Sendable {
    package enum Stage: String, Sendable, Codable {
        case fired
        /// The price went as far as was expected, the way that was called.
        case reached
        /// The rule's condition is false again, or the price went against the call.
        case faded
        /// Its time is up.
        case over

        /// Nothing follows.
        package var isLast: Bool { self == .faded || self == .over }
    }

    /// What a message is judged by.
    package struct Frame: Hashable, Sendable {
        /// Price when it fired.
        package var base: Double
        /// 1 when a rise was called, -1 for a fall, 0 where neither was.
        package var direction: Double
        /// Size that was expected, as a fraction; `nil` where none was.
        package var target: Double?
        package var life: Span

        /// `nil` for an alert that has no price to follow.
        package init?(_ alert: Alert) {
            switch alert.body {
            case .ruleFired(let firing):
                (base, direction, target, life) = (firing.price, 0, nil, .hours(24))
            case .opportunity(let opportunity):
                base = opportunity.price
                direction = opportunity.side == .buy ? 1 : -1
                target = opportunity.expectedMove ?? 0.02
                life = min(opportunity.outlook.end, .days(2))
            case .system: return nil
            }
            guard base.isFinite, base > 0 else { return nil }
        }
    }

    /// Edits for moves; changes of state come on top.
    package static let mostEdits = 6
    /// A move that is worth an edit, as a fraction of the price.
    package static let step = 0.005

    package var stage: Stage
    /// Change of the price that the message shows.
    package var shown: Double
    package var edits: Int

    package init(stage: Stage = .fired, shown: Double = 0, edits: Int = 0) {
        self.stage = stage
        self.shown = shown
        self.edits = edits
    }

    package enum Look: Hashable, Sendable {
        case nothing
        case edit(isNewState: Bool)
    }

    /// - Parameters:
    ///   - change: of the price since it fired, as a fraction; `nil` while unknown.
    ///   - hasFaded: the rule's condition became false.
    ///   - age: since it fired, on the rule clock.
    package mutating func look(change: Double?, hasFaded: Bool, age: Span, in frame: Frame) -> Look {
        let next = stage(after: change, hasFaded: hasFaded, age: age, in: frame)
        if next != stage {
            stage = next
            shown = change ?? shown
            return .edit(isNewState: true)
        }
        guard let change, abs(change - shown) >= LivingSituation.step, edits < LivingSituation.mostEdits else {
            return .nothing
        }
        shown = change
        edits += 1
        return .edit(isNewState: false)
    }

    private func stage(after change: Double?, hasFaded: Bool, age: Span, in frame: Frame) -> Stage {
        if stage.isLast { return stage }
        if hasFaded { return .faded }
        if let change, let target = frame.target, frame.direction != 0 {
            let along = change * frame.direction
            if along <= -target / 2 { return .faded }
            if along >= target, stage == .fired { return .reached }
        }
        return age >= frame.life ? .over : stage
    }

    /// How long until it is worth looking again (wall clock): soon while it is young.
    package static func pause(age: Span) -> Span {
        if age < .minutes(10) { return .minutes(1) }
        return age < .hours(2) ? .minutes(5) : .minutes(15)
    }
}
