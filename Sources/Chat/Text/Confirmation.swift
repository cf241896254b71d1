import Market

/// The `yes 1764012345` at the end of a confirm button: what is asked for, and the wall second at which the button dies.
/// Whoever presses still needs the rights for the command itself, so the stamp needs no secret.
enum Confirmation {
    static let life = Span.minutes(1)

    enum Answer: Hashable {
        case missing
        case given
        case expired
    }

    static func words(at now: Timestamp) -> String { "yes \((now + life).milliseconds / 1_000)" }

    /// Reads the arguments from `index` on.
    static func read(_ invocation: Invocation, from index: Int, now: Timestamp) -> Answer {
        guard invocation.word(index) == "yes" else { return .missing }
        guard let stamp = invocation.word(index + 1).flatMap(Int64.init) else { return .expired }
        let end = now.milliseconds / 1_000 + life.milliseconds / 1_000
        // A stamp further away than a button can live was not made by us.
        return stamp >= now.milliseconds / 1_000 && stamp <= end ? .given : .expired
    }
}
