import Foundation
import Synchronization

/// Where logic gets the time from. Waiting takes a `Clock`; stamps and rules take a `TimeSource`.
package protocol TimeSource: Sendable {
    var now: Timestamp { get }
}

/// The machine's clock.
package struct WallTime: TimeSource {
    package init() {}
    package var now: Timestamp { Timestamp(Date()) }
}

/// Time of the primary venue's latest event (`VIGIA_CLOCK=venue`): it never goes back, and stands still while the
/// venue is silent. Before the first event it answers the wall clock.
package final class VenueTime: TimeSource {
    private let latest = Mutex<Timestamp?>(nil)

    package init() {}

    package var now: Timestamp { latest.withLock { $0 } ?? WallTime().now }

    package func advance(to time: Timestamp) {
        latest.withLock { $0 = max($0 ?? time, time) }
    }
}
