import Foundation
import Market
import Support

@testable import Storage

/// Brings the agent to a step and kills it there, by means from outside: the fakes hold what they were sent, the file is
/// held with a lock, or the process is run in slices of a fraction of a millisecond and looked at between them.
struct CrashKiller: Sendable {
    let world: CrashWorld
    /// Seconds that an answer is on its way when the record is to be caught.
    private static let slow = 1.5

    /// The move happens, and the process is killed at the step. Returns whether it was caught there. The fakes have
    /// forgotten their faults then.
    func kill(at step: CrashStep, of channel: CrashChannel?, cycle: Int, since mark: CrashMark) async throws -> Bool {
        let close = world.move(cycle) + .minutes(1)
        defer { calm() }
        switch step {
        case .unheard:
            suspend()
            await world.exchange.advance(to: close)
            world.vigia.kill()
            return true
        case .fanOut, .undecided, .decided, .leased:
            async let moved: Void = world.exchange.advance(to: close)
            let isCaught = try await inSlices(since: mark, for: channel) { state in
                if let channel { return state.step(channel) == step }
                return CrashChannel.allCases.allSatisfy { state.step($0) == step }
            }
            await moved
            return isCaught
        case .sending, .sent:
            try await arm(isAccepted: step == .sent)
            await world.exchange.advance(to: close)
            try await world.untilTrue("sends in hand") { isHeld }
            let texts = step == .sent ? CrashWorld.people.count : 1
            await briefly { world.twilio.silences >= heldBefore.texts + texts }
            // What is held was begun, or it would not be held.
            world.vigia.kill()
            return true
        case .recording:
            let before = Taken(world)
            slowDown()
            await world.exchange.advance(to: close)
            try await world.untilTrue("accepted sends") { Taken(world).isMore(than: before) }
            await briefly { Taken(world).texts >= before.texts + CrashWorld.people.count }
            let vigia = world.vigia
            try await world.database.write { _ in
                // Nothing can be recorded now. The answers arrive; then the process dies with them. Inside a transaction
                // there is nothing to await, and when an answer is out is known from the clock alone.
                Thread.sleep(forTimeInterval: Self.slow + 0.2)
                vigia.kill()
            }
            return true
        }
    }

    // MARK: Slices

    private func suspend() {
        let process = world.vigia.processIdentifier
        Foundation.kill(process, SIGSTOP)
        let path = "/proc/\(process)/stat"
        for _ in 0..<10_000 {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8), let end = text.lastIndex(of: ")")
            else {
                return
            }
            let state = text[text.index(after: end)...].first { $0 != " " }
            if state == "T" || state == "Z" { return }
            usleep(20)
        }
    }

    /// Runs the process a little at a time until the file shows what is wanted, and kills it there.
    private func inSlices(
        since mark: CrashMark, for channel: CrashChannel?, _ isWanted: (CrashState) -> Bool
    ) async throws -> Bool {
        let process = world.vigia.processIdentifier
        let clock = ContinuousClock()
        let end = clock.now + .seconds(channel == nil ? 15 : 8)
        while clock.now < end {
            suspend()
            // A file that cannot be read right now is looked at in the next slice.
            if let state = try? await world.database.crashState(since: mark) {
                if isWanted(state) {
                    world.vigia.kill()
                    return true
                }
                let isOver =
                    state.alerts > 0 && state.unexpanded == 0
                    && !state.entries.contains {
                        ($0.state == "pending" || $0.state == "leased") && ($0.channel != .sms || channel == .sms)
                    }
                if isOver { break }
            }
            Foundation.kill(process, SIGCONT)
            usleep(150)
        }
        Foundation.kill(process, SIGCONT)
        return false
    }

    // MARK: Fakes

    private func arm(isAccepted: Bool) async throws {
        for id in CrashWorld.people {
            world.telegram.inject(isAccepted ? .acceptThenHang : .hang, method: "sendMessage", chat: id)
            world.discord.inject(
                isAccepted ? .acceptThenHang : .hang, route: "POST /channels/*/messages",
                channel: world.discord.privateChannel(of: "\(id + 10)"))
        }
        world.smtp.fault(.body, isAccepted ? .acceptInSilence : .silence, times: CrashWorld.people.count)
        heldBefore.set(mails: world.smtp.silences, texts: world.twilio.silences)
        if isAccepted {
            world.twilio.fault(.silentAfter, times: CrashWorld.people.count)
            return
        }
        // What was not taken is looked up for minutes, and its mailbox waits: one at a time.
        let lookedUp = try await world.database.read {
            try $0.integer(
                "SELECT count(*) FROM outbox WHERE channel = 'sms' AND possible_repeat = 1 "
                    + "AND state IN ('pending', 'leased')")
        }
        if (lookedUp ?? 0) == 0 { world.twilio.fault(.silentBefore) }
    }

    /// SMS may be waiting behind one that is looked up, or for a budget: they are caught when they come. One that was begun
    /// and not taken is looked up for minutes, so all that may be taken are waited for.
    private func briefly(_ holds: () -> Bool) async {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(1)
        while !holds(), clock.now < end { try? await clock.sleep(for: .milliseconds(5)) }
    }

    private let heldBefore = Counts()

    private var isHeld: Bool {
        world.telegram.heldCount >= CrashWorld.people.count && world.discord.heldCount >= CrashWorld.people.count
            && world.smtp.silences > heldBefore.mails
    }

    private func slowDown() {
        for id in CrashWorld.people {
            world.telegram.inject(.slow(.seconds(Self.slow)), method: "sendMessage", chat: id)
            world.discord.inject(
                .slow(.seconds(Self.slow)), route: "POST /channels/*/messages",
                channel: world.discord.privateChannel(of: "\(id + 10)"))
        }
        world.smtp.fault(.body, .acceptSlowly(.seconds(Self.slow)), times: CrashWorld.people.count)
        world.twilio.fault(.slowAfter(.seconds(Self.slow)), times: CrashWorld.people.count)
    }

    private func calm() {
        world.telegram.clearFaults()
        world.telegram.release()
        world.discord.clearFaults()
        world.discord.release()
        world.smtp.calm()
        world.twilio.calm()
    }

    init(_ world: CrashWorld) { self.world = world }

    /// Set and read by the one test task.
    private final class Counts: @unchecked Sendable {
        private(set) var mails = 0
        private(set) var texts = 0
        func set(mails: Int, texts: Int) {
            self.mails = mails
            self.texts = texts
        }
    }

    /// What each provider has accepted so far.
    private struct Taken {
        var counts: [Int]
        var texts: Int

        init(_ world: CrashWorld) {
            counts = [
                world.telegram.journal.sent.count { !$0.isEdit },
                world.discord.journal.messages.count { $0.way == "message" }, world.smtp.mails.count,
            ]
            texts = world.twilio.sent.count
        }

        func isMore(than before: Taken) -> Bool { zip(counts, before.counts).allSatisfy { $0 > $1 } }
    }
}
