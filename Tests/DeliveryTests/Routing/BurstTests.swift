import Chat
import Decisions
import Foundation
import Market
import Messages
import People
import Storage
import Testing
import Turns

@testable import Delivery

/// Ten thousand firings in a second, over a real file and a channel in the process.
@Suite(.oneAtATime, .timeLimit(.minutes(5)))
struct BurstTests {
    private static let people = 5_000
    private static let firings = 10_000
    /// Fires thousands of times: the first person's rules.
    private static let heavy = 1_000

    private func firing(_ index: Int, owner: RecipientID, rule: RuleID, critical: Bool) -> Alert {
        Alert(
            naturalKey: "rule:\(rule):\(index)", symbol: .btc, priority: critical ? .critical : .medium,
            issuedAt: start + .milliseconds(Int64(index % 1_000)), audience: .owner(owner, via: []),
            body: .ruleFired(
                RuleFiring(
                    rule: rule, owner: owner, number: 1, text: "BTC > 1", symbol: .btc, sequence: index,
                    at: start + .milliseconds(Int64(index % 1_000)), price: 2, values: [])))
    }

    @Test("ten thousand firings in a second are few messages a person, critical first, and every one is accounted for")
    func burst() async throws {
        let file = try await OutboxFile()
        let rules = try await file.chat.write { session in
            try (1...Self.people).map { number in
                let person = try session.addRecipient(
                    kind: .person, role: .user, preferences: Preferences(),
                    identity: Identity(platform: .telegram, externalID: "\(number)"),
                    address: Address(channel: .telegram, value: "\(number)"), at: start)
                return try session.addRule(text: "BTC > 1", owner: person.id, at: start)
            }
        }
        // Without a wait, so that the whole burst is at hand before the first is sent.
        let settings = RoutingSettings(groupWait: .zero, burst: 5)
        let alerts = SQLAlertStore(file.database, routing: settings)
        // One person's rules fire a thousand times, everybody else's about twice; every tenth is critical.
        let batch = (0..<Self.firings).map { index in
            let rule = rules[index < Self.heavy ? 0 : index % Self.people]
            return firing(index, owner: rule.owner, rule: rule.id, critical: index % 10 == 0)
        }
        let channels = ChannelWakeups(channels: [ChannelKind.telegram])
        let channel = ScriptedChannel { delivery, _ in
            Int(delivery.address) == 13
                ? .failure(.rejected(reason: "refused")) : .success(Receipt(providerMessageID: nil))
        }
        let begin = WallTime().now
        _ = try await alerts.publish(DecisionBatch(alerts: batch), now: begin)
        while !(try await alerts.expand(limit: 500, now: WallTime().now)).isEmpty {}
        let routing = RoutingClock(
            store: SQLRoutingStore(file.database, settings: settings), channels: channels, fanOut: Wakeup())
        #expect(try await routing.turn() == 2)
        let messages = try await file.count("state = 'pending'")
        let dispatcher = OutboxDispatcher(
            channel: channel, store: file.outbox(), rendering: KeyRendering(),
            settings: DispatchSettings(pacing: Pacing(), inFlight: 64),
            signals: DispatchSignals(
                wakeup: try #require(channels[.telegram]), pause: PauseSwitch(channels: channels)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dispatcher.run() }
            await channel.wait { $0.begun.count == messages }
            dispatcher.stop()
            try await group.waitForAll()
        }
        let account = try await file.chat.read { try $0.deliveryAccount(since: begin) }
        // Delivered, coalesced and dead are everything that was decided.
        #expect(account.decided == Self.firings)
        #expect(account.deliveries == Self.firings)
        #expect(account.delivered + account.coalesced + account.dead == Self.firings)
        #expect(account.isBalanced)
        // The same from the table itself: one row a firing, each with an end, and no digest that went nowhere.
        #expect(try await file.count("alert_id IS NOT NULL") == Self.firings)
        #expect(
            try await file.count("alert_id IS NOT NULL AND state IN ('sent', 'coalesced', 'dead')") == Self.firings)
        #expect(
            try await file.count(
                """
                state = 'coalesced' AND merged_into NOT IN (SELECT id FROM outbox WHERE state IN ('sent', 'dead'))
                """) == 0)
        #expect(account.dead >= 1)
        #expect(account.coalesced > 800)
        let counts = Dictionary(grouping: channel.delivered, by: \.address).mapValues(\.count)
        #expect(counts.count == Self.people - 1)
        // Five of each lane one by one, and what exceeds that in a message or few.
        let most = counts.values.max() ?? 0
        #expect(most <= 16, "\(most) messages to one person")
        // In every chat the critical ones went first, without exception, collected ones too.
        let begun = channel.begun.map(\.message.plainText)
        func holdsCritical(_ text: String) -> Bool {
            text.components(separatedBy: " + ").contains { key in
                Int(key.split(separator: ":").last ?? "").map { $0 % 10 == 0 } ?? false
            }
        }
        for (address, messages) in Dictionary(grouping: channel.begun, by: \.address) {
            let order = messages.map { holdsCritical($0.message.plainText) }
            let ordinary = order.drop { $0 }
            #expect(!ordinary.contains(true), "a critical one came late to \(address): \(order)")
        }
        // And in the whole queue.
        let isCritical = begun.map(holdsCritical)
        let firstOrdinary = isCritical.firstIndex(of: false) ?? 0
        let single = begun.indices.filter { !begun[$0].contains(" + ") }
        let late = single.filter { $0 > firstOrdinary + 200 && isCritical[$0] }
        // Only what stood behind another critical one of its own chat may come after the first ordinary one.
        #expect(late.count <= single.filter { isCritical[$0] }.count / 10, "\(late.count) critical ones came late")
    }
}
