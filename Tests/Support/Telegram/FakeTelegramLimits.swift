/// What the fake enforces, strictly: in no window of the length may more than the count be accepted.
package struct FakeTelegramLimits: Hashable, Sendable {
    package struct Rate: Hashable, Sendable {
        package var count: Int
        package var span: Duration
        package init(_ count: Int, per span: Duration) {
            self.count = count
            self.span = span
        }
    }

    /// `nil` is without a limit.
    package var chat: Rate?
    package var overall: Rate?
    package var group: Rate?

    package init(chat: Rate? = nil, overall: Rate? = nil, group: Rate? = nil) {
        self.chat = chat
        self.overall = overall
        self.group = group
    }

    package static let off = FakeTelegramLimits()
    /// What Telegram says of itself: 1 a second a chat, 30 a second in all, 20 a minute a group.
    package static let documented = FakeTelegramLimits(
        chat: Rate(1, per: .seconds(1)), overall: Rate(30, per: .seconds(1)), group: Rate(20, per: .seconds(60)))
}

/// Instants of what was accepted, and whether one more fits.
struct SlidingWindow {
    private var times: [ContinuousClock.Instant] = []
    private var head = 0

    /// `nil` when one more fits, else how long until it does.
    mutating func wait(at now: ContinuousClock.Instant, rate: FakeTelegramLimits.Rate) -> Duration? {
        while head < times.count, times[head] + rate.span <= now { head += 1 }
        if head > 512, head * 2 > times.count {
            times.removeFirst(head)
            head = 0
        }
        let inside = times.count - head
        guard inside >= rate.count else { return nil }
        guard rate.count > 0 else { return rate.span }
        return times[times.count - rate.count] + rate.span - now
    }

    mutating func record(_ now: ContinuousClock.Instant) { times.append(now) }
}

struct FakeTelegramWindows {
    private var overall = SlidingWindow()
    private var chats: [Int64: SlidingWindow] = [:]
    private var groups: [Int64: SlidingWindow] = [:]

    /// Takes one message, or answers the whole seconds after which it would be taken.
    mutating func accept(
        chat: Int64, isGroup: Bool, at now: ContinuousClock.Instant, limits: FakeTelegramLimits
    ) -> Int? {
        var wait: Duration?
        if let rate = limits.chat {
            wait = longer(wait, chats[chat, default: SlidingWindow()].wait(at: now, rate: rate))
        }
        if let rate = limits.overall { wait = longer(wait, overall.wait(at: now, rate: rate)) }
        if isGroup, let rate = limits.group {
            wait = longer(wait, groups[chat, default: SlidingWindow()].wait(at: now, rate: rate))
        }
        if let wait { return max(1, Int(wait.components.seconds) + (wait.components.attoseconds > 0 ? 1 : 0)) }
        if limits.chat != nil { chats[chat, default: SlidingWindow()].record(now) }
        if limits.overall != nil { overall.record(now) }
        if isGroup, limits.group != nil { groups[chat, default: SlidingWindow()].record(now) }
        return nil
    }

    private func longer(_ a: Duration?, _ b: Duration?) -> Duration? {
        guard let a, let b else { return a ?? b }
        return max(a, b)
    }
}
