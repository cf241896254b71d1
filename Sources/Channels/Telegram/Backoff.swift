import Market

/// Waits that double from `first` to `most`, each between half of itself and the whole, so that many processes do not
/// come back at once.
struct Backoff: Hashable, Sendable {
    var first: Span
    var most: Span
    private(set) var failures = 0

    init(first: Span = .seconds(1), most: Span = .seconds(60)) {
        self.first = first
        self.most = most
    }

    /// `chance` is uniform in 0..<1.
    mutating func next(chance: Double) -> Span {
        failures += 1
        let doubled = first.milliseconds << Int64(min(failures - 1, 20))
        let whole = min(doubled, most.milliseconds)
        return Span(milliseconds: whole / 2 + Int64(Double(whole - whole / 2) * chance))
    }

    mutating func reset() { failures = 0 }
}
