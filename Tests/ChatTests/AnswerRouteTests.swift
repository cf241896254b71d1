import Chat
import Delivery
import Market
import People
import Storage
import Testing
import Turns

/// Answers that go back by the question's own way (Discord interactions).
@Suite(.oneAtATime) struct AnswerRouteTests {
    private func forms(
        _ text: String, group: String? = nil, administrator: Bool? = nil, pressedOn: String? = nil
    ) async throws -> [OutboxContent.Form] {
        let conversation = try await Conversations()
        var message = conversation.message(
            text, pressedOn: pressedOn, group: group, administrator: administrator)
        message.answerRoute = "the way"
        try await conversation.router.handle([message], [])
        return try await conversation.replies().map(\.form)
    }

    private func answer(replaces: Bool = false, discreet: Bool) -> OutboxContent.Form {
        .answer(.init(route: "the way", replacesView: replaces, isDiscreet: discreet))
    }

    @Test("in private nothing needs to be hidden; a pressed view is replaced")
    func inPrivate() async throws {
        let help = try await forms("/help")
        let view = try await forms("/list !", pressedOn: "5")
        #expect(help == [answer(discreet: false)])
        #expect(view == [answer(replaces: true, discreet: false)])
    }

    @Test("in a place prices are for all; refusals, settings, help and what administrators change are for the asker")
    func inPlaces() async throws {
        let price = try await forms("/price BTC", group: "-1")
        let refusal = try await forms("/bind", group: "-1", administrator: false)
        let settings = try await forms("/settings", group: "-1")
        let bound = try await forms("/bind", group: "-1", administrator: true)
        let unknown = try await forms("/price NOSUCHCOIN", group: "-1")
        #expect(price == [answer(discreet: false)])
        for form in [refusal, settings, bound, unknown] { #expect(form == [answer(discreet: true)]) }
    }

    @Test("what was handled is known, and only that")
    func handled() async throws {
        let conversation = try await Conversations()
        try await conversation.router.handle([conversation.message("/help", key: "discord:1")], [])
        let known = try await conversation.store.read { try $0.wasHandled(updateKey: "discord:1") }
        let other = try await conversation.store.read { try $0.wasHandled(updateKey: "discord:2") }
        #expect(known && !other)
    }
}
