package import Decisions
package import Market
package import Messages

/// How one sender works.
package struct DispatchSettings: Sendable {
    package var pacing: Pacing
    /// Most sends begun and not yet recorded (`DELIVERY_IN_FLIGHT`): the bound on what a crash leaves unknown.
    package var inFlight: Int
    /// Who reads what goes to nobody in particular (the channel webhook).
    package var reader: Reader
    /// How long a claimed entry is ours. It must outlast a third of itself plus a channel's own deadline for a send.
    package var lease: Span
    /// How long a graceful stop waits for the sends in hand.
    package var stopDeadline: Span

    package init(
        pacing: Pacing, inFlight: Int = 8, reader: Reader = Reader(language: "en", zone: "UTC"),
        lease: Span = .seconds(60), stopDeadline: Span = .seconds(8)
    ) {
        self.pacing = pacing
        self.inFlight = max(1, inFlight)
        self.reader = reader
        self.lease = max(lease, .seconds(3))
        self.stopDeadline = stopDeadline
    }

    /// A claimed entry that has not begun its send by this age is given back, so that no send outlives its lease.
    var longestWait: Span { .milliseconds(lease.milliseconds / 3) }

    /// Ready entries held in memory. About a second of what the pace lets out: more would only make what comes later
    /// and matters more wait behind it.
    var window: Int {
        guard let rate = pacing.overall.rate else { return max(128, inFlight * 4) }
        let second = Double(rate.count) / rate.span.seconds
        return max(inFlight * 2, min(128, Int(second.rounded(.up))))
    }

    /// Room above `window` for what a wake-up announces (replies come first out of a claim).
    var headroom: Int { max(8, inFlight) }

    /// Entries held besides whose chat will be ready within `patience`.
    var parked: Int { 256 }
    var patience: Span { .seconds(5) }

    /// How long a finished send waits for others to share its transaction.
    var linger: Span { .milliseconds(2) }
}

/// What a dispatcher hears and tells.
package struct DispatchSignals: Sendable {
    /// There may be something new in the outbox.
    package var wakeup: Wakeup
    package var pause: PauseSwitch
    /// Something was held until then (rule clock).
    package var held: @Sendable (Timestamp) -> Void
    /// The operators should know.
    package var notice: @Sendable (SystemNotice) async -> Void

    package init(
        wakeup: Wakeup, pause: PauseSwitch, held: @escaping @Sendable (Timestamp) -> Void = { _ in },
        notice: @escaping @Sendable (SystemNotice) async -> Void = { _ in }
    ) {
        self.wakeup = wakeup
        self.pause = pause
        self.held = held
        self.notice = notice
    }
}
