package import Market

/// Decides when a send may start, so that one sender keeps to its provider's limits for a chat, a group and overall, and
/// obeys its answers. Times are wall clock and given by the caller; it never waits.
///
/// Pacing is decided here, before a delivery is begun, and not by a channel that wraps another and waits inside `send`:
/// what waits would then hold one of the few sends in flight, which a crash leaves with an unknown outcome, and a flooded
/// chat would use them all up.
package struct RateLimiter: Sendable {
    package enum Admission: Hashable, Sendable {
        /// The send has its places and must be followed by `complete` or `cancel`.
        case granted
        case wait(until: Timestamp)
        /// A send in hand must complete first.
        case busy
    }

    private struct Chat {
        var window: SlidingWindow?
        var groupWindow: SlidingWindow?
        var blockedUntil: Timestamp?
    }

    private let pacing: Pacing
    /// Places of the overall window that alerts leave free, so that a reply goes out at once in the middle of a broadcast.
    private let reserve: Int
    private var overall: SlidingWindow?
    private var senderBlockedUntil: Timestamp?
    private var chats: [String: Chat] = [:]
    private var sweepAbove = 2048
    private var latest: Timestamp?

    package init(_ pacing: Pacing) {
        self.pacing = pacing
        overall = pacing.overall.rate.map(SlidingWindow.init)
        reserve = (pacing.overall.rate?.count ?? 0) / 15
    }

    /// What a provider counts as one chat: a forum topic (`-100123/45`) shares its group's allowance.
    package static func chat(of address: String) -> String {
        guard let slash = address.utf8.firstIndex(of: UInt8(ascii: "/")) else { return address }
        return String(address[..<slash])
    }

    /// Asks for a send to `chat` and takes the places when it may start.
    package mutating func admit(chat key: String, isReply: Bool, now: Timestamp) -> Admission {
        observe(now)
        if let blocked = senderBlockedUntil, blocked > now { return .wait(until: blocked) }
        if let waiting = Self.admission(overall?.readiness(at: now, reserve: isReply ? 0 : reserve)) { return waiting }
        guard var chat = chats[key] ?? (pacesChats ? makeChat(key) : nil) else {
            overall?.start()
            return .granted
        }
        if let waiting = Self.admission(&chat, now: now) {
            chats[key] = chat
            return waiting
        }
        overall?.start()
        chat.window?.start()
        chat.groupWindow?.start()
        keep(chat, key, now: now)
        return .granted
    }

    /// When `chat` alone would be ready, whatever the sender's state: now or later, or `busy`.
    package mutating func readiness(chat key: String, now: Timestamp) -> Admission {
        observe(now)
        guard var chat = chats[key] else { return .granted }
        let waiting = Self.admission(&chat, now: now)
        chats[key] = chat
        return waiting ?? .granted
    }

    /// When the sender's own window lets the next send start; `nil` when it does now, or only after a completion.
    package mutating func opening(isReply: Bool, now: Timestamp) -> Timestamp? {
        guard case .at(let time) = overall?.readiness(at: now, reserve: isReply ? 0 : reserve) else { return nil }
        return time
    }

    /// The send to `chat` is over: it was answered, or given up.
    package mutating func complete(chat key: String, now: Timestamp) {
        observe(now)
        overall?.complete(at: now)
        chats[key]?.window?.complete(at: now)
        chats[key]?.groupWindow?.complete(at: now)
    }

    /// The send to `chat` was not begun after all.
    package mutating func cancel(chat key: String) {
        overall?.cancel()
        chats[key]?.window?.cancel()
        chats[key]?.groupWindow?.cancel()
    }

    /// The provider wants nothing for `chat` until then. Holds even where pacing is off.
    package mutating func block(chat key: String, until: Timestamp, now: Timestamp) {
        var chat = chats[key] ?? makeChat(key)
        chat.blockedUntil = max(until, chat.blockedUntil ?? until)
        keep(chat, key, now: now)
    }

    /// The provider wants nothing at all from this sender until then.
    package mutating func blockSender(until: Timestamp) {
        senderBlockedUntil = max(until, senderBlockedUntil ?? until)
    }

    package func senderBlock(at now: Timestamp) -> Timestamp? {
        senderBlockedUntil.flatMap { $0 > now ? $0 : nil }
    }

    /// Chats remembered; bounded by those active within their windows.
    package var chatCount: Int { chats.count }

    private var pacesChats: Bool { pacing.perAddress != .off || pacing.perGroup != .off }

    private func makeChat(_ key: String) -> Chat {
        Chat(
            window: pacing.perAddress.rate.map(SlidingWindow.init),
            groupWindow: key.utf8.first == UInt8(ascii: "-") ? pacing.perGroup.rate.map(SlidingWindow.init) : nil)
    }

    private mutating func keep(_ chat: Chat, _ key: String, now: Timestamp) {
        chats[key] = chat
        guard chats.count > sweepAbove else { return }
        chats = chats.filter { _, chat in
            var chat = chat
            let isIdle = chat.window?.isIdle(at: now) ?? true
            let isGroupIdle = chat.groupWindow?.isIdle(at: now) ?? true
            return !isIdle || !isGroupIdle || (chat.blockedUntil.map { $0 > now } ?? false)
        }
        sweepAbove = max(2048, chats.count * 2)
    }

    private static func admission(_ chat: inout Chat, now: Timestamp) -> Admission? {
        if let blocked = chat.blockedUntil, blocked > now { return .wait(until: blocked) }
        let window = admission(chat.window?.readiness(at: now))
        let group = admission(chat.groupWindow?.readiness(at: now))
        switch (window, group) {
        case (.wait(let a), .wait(let b)): return .wait(until: max(a, b))
        case (.busy, _), (_, .busy): return .busy
        default: return window ?? group
        }
    }

    private static func admission(_ readiness: SlidingWindow.Readiness?) -> Admission? {
        switch readiness {
        case nil, .now: nil
        case .at(let time): .wait(until: time)
        case .afterCompletion: .busy
        }
    }

    /// A wall clock that is set back must not block for as long as it was set back: everything remembered moves with it.
    private mutating func observe(_ now: Timestamp) {
        defer { latest = now }
        guard let latest, now < latest else { return }
        let span = latest - now
        overall?.shift(by: span)
        senderBlockedUntil = senderBlockedUntil.map { $0 - span }
        for key in chats.keys {
            chats[key]?.window?.shift(by: span)
            chats[key]?.groupWindow?.shift(by: span)
            if let blocked = chats[key]?.blockedUntil { chats[key]?.blockedUntil = blocked - span }
        }
    }
}
