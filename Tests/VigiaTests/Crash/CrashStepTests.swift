import Foundation
import Market
import Support
import Testing
import Turns

@testable import Storage

/// Kills the real process at every step between a price and a message, on all four channels, and judges from the providers'
/// journals and the file what became of every alert. `VIGIA_CRASH_KILLS` says how many kills; a round has eleven.
@Suite(.oneAtATime, .serialized) struct CrashStepTests {
    private struct Kill: Sendable {
        var step: CrashStep
        /// Whose state is waited for; `nil` for what all channels share.
        var channel: CrashChannel?
        /// Only when the one before was missed.
        var isAgain = false
    }

    /// A death may leave SMS whose outcome is looked up for minutes, so what must catch one comes first.
    private static let round: [Kill] =
        [
            Kill(step: .recording), Kill(step: .sent), Kill(step: .sending), Kill(step: .leased, channel: .sms),
            Kill(step: .leased, channel: .sms, isAgain: true), Kill(step: .leased, channel: .sms, isAgain: true),
            Kill(step: .fanOut), Kill(step: .unheard), Kill(step: .undecided), Kill(step: .decided),
        ] + [CrashChannel.telegram, .discord, .email].map { Kill(step: .leased, channel: $0) }

    /// The crowd's rules fire in this move of a round only.
    private static func isBig(_ cycle: Int) -> Bool { round[cycle % round.count].step == .fanOut }

    private static var perRound: Int { round.count { !$0.isAgain } }
    private static var rounds: Int {
        let kills = ProcessInfo.processInfo.environment["VIGIA_CRASH_KILLS"].flatMap(Int.init) ?? perRound
        return max(1, kills / perRound)
    }
    /// For what was missed: a process may be through a step between two looks at it.
    private static let spare = 3

    @Test(
        "killed at each step on each channel: nothing is lost, repeats are marked or suppressed, no SMS comes twice",
        .timeLimit(.minutes(60)))
    func everyStep() async throws {
        let rounds = Self.rounds
        let size = Self.round.count
        let world = try await CrashWorld.start(cycles: (rounds + Self.spare) * size) { Self.isBig($0) }
        do {
            let tally = try await run(world, rounds: rounds)
            FileHandle.standardError.write(Data(tally.table.utf8))
            for step in CrashStep.allCases {
                // In a short run an SMS may wait behind one that is looked up all the while; a long one insists on it, too.
                for channel in CrashChannel.allCases where rounds > 1 || channel != .sms {
                    #expect(tally.count(step, channel) >= 1, "never killed \(step.rawValue) on \(channel.rawValue)")
                }
            }
        } catch {
            await world.stop()
            throw error
        }
        await world.stop()
    }

    private func run(_ world: CrashWorld, rounds: Int) async throws -> Tally {
        try await world.makePeople()
        let killer = CrashKiller(world)
        var tally = Tally()
        var unknown: Set<Int64> = []
        var cycle = 0
        var missed: [Int] = []
        for round in 0..<(rounds + Self.spare) {
            if round >= rounds, missed.isEmpty { break }
            let due = round < rounds ? Array(Self.round.indices) : missed
            if round >= rounds { missed = [] }
            var wasCaught = false
            for (index, kill) in Self.round.enumerated() {
                let mark = try await world.database.crashMark(candle: world.move(cycle).milliseconds)
                let alerts = CrashWorld.people.count + (Self.isBig(cycle) ? CrashWorld.crowd.count : 0)
                if due.contains(index), !(kill.isAgain && wasCaught) {
                    try await world.approach(cycle)
                    let isCaught = try await killer.kill(
                        at: kill.step, of: kill.channel, cycle: cycle, since: mark)
                    wasCaught = isCaught
                    if isCaught {
                        unknown.formUnion(try await world.database.crashUnknown())
                        tally.add(kill.step, try await world.database.crashState(since: mark))
                        try world.vigia.start()
                        try await world.vigia.waitUntilReady()
                    } else if index + 1 == Self.round.count || !Self.round[index + 1].isAgain {
                        missed.append(index)
                    }
                }
                try await world.settle(cycle, expecting: alerts, since: mark)
                cycle += 1
            }
            // Every third round begins without SMS that are looked up.
            if rounds > 1, round % 3 == 2 { try await world.untilSent(within: .seconds(600)) }
        }
        let isHurried = rounds == 1
        world.calm(from: cycle, of: (rounds + Self.spare) * Self.round.count)
        try await rest(world, isHurried: isHurried)
        #expect(world.vigia.stop() == 0)
        try await CrashJudge(
            world: world, unknown: unknown, moves: (cycle, cycle / Self.round.count),
            isHurried: isHurried
        ).judge()
        return tally
    }

    /// Until everything is at its end. Hours pass for what a budget held back; minutes of ours for what is looked up.
    private func rest(_ world: CrashWorld, isHurried: Bool) async throws {
        if isHurried { return }
        for _ in 0..<3 {
            try await world.untilSent(within: .seconds(600))
            await world.exchange.advance(by: .minutes(61))
        }
        try await world.untilTrue("quiet", within: .seconds(600)) {
            try await world.database.crashOpen(patiently: true) == 0
        }
    }

    /// Kills by step and channel, as the files of the dead processes tell them.
    private struct Tally {
        private var kills: [CrashStep: [CrashChannel: Int]] = [:]
        private var all = 0

        mutating func add(_ step: CrashStep, _ state: CrashState) {
            all += 1
            for channel in CrashChannel.allCases {
                let isThere = step.isUnknown ? state.has(channel, leased: true) : state.step(channel) == step
                if isThere { kills[step, default: [:]][channel, default: 0] += 1 }
            }
        }

        func count(_ step: CrashStep, _ channel: CrashChannel) -> Int { kills[step]?[channel] ?? 0 }

        var table: String {
            let lines = CrashStep.allCases.map { step in
                step.rawValue.padding(toLength: 34, withPad: " ", startingAt: 0)
                    + CrashChannel.allCases.map { "\($0.rawValue) \(count(step, $0))" }.joined(separator: "  ")
            }
            return (["\(all) kills"] + lines).joined(separator: "\n") + "\n"
        }
    }
}
