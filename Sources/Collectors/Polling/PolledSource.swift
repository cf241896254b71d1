package import Market

/// A source that is asked at an interval.
package protocol PolledSource: Sendable {
    var source: DataSource { get }
    var interval: Duration { get }
    /// Asks once. What is left out because it could not be read is counted in the harvest, not thrown.
    mutating func poll() async throws(SourceFailure) -> Harvest
}

/// What one question brought.
package struct Harvest: Sendable {
    package var points: [DataPoint]
    /// Entries that were dropped, by reason.
    package var malformed: [String: Int]

    package init(points: [DataPoint] = [], malformed: [String: Int] = [:]) {
        self.points = points
        self.malformed = malformed
    }

    mutating func drop(_ reason: String) { malformed[reason, default: 0] += 1 }
}
