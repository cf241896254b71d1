import Delivery
import Market

/// Takes answers back to the interactions that asked for them: in the response to the request that posted it, through the
/// callback, or, once "thinking…" was said, in its place.
package struct InteractionAnswers: Sendable {
    private let api: DiscordAPI
    private let open: OpenInteractions

    package init(api: DiscordAPI, open: OpenInteractions) {
        self.api = api
        self.open = open
    }

    /// `nil` when the interaction is over and the answer, which others may see, goes out as an ordinary message.
    ///
    /// - Parameters:
    ///   - payload: goes where a repeat replaces what it repeats.
    ///   - marked: goes where a repeat would be a second message.
    func send(
        _ payload: DiscordPayload, marked: DiscordPayload, by answer: OutboxContent.Answer
    ) async throws(DiscordError) -> Receipt? {
        guard let route = InteractionRoute(answer.route) else {
            throw .rejected(status: 0, code: 0, message: "not a way back to an interaction")
        }
        let phase = await open.begin(route.id)
        if phase == .answered { return Receipt(providerMessageID: nil) }
        do throws(DiscordError) {
            let receipt = try await send(payload, marked: marked, answer, route, phase)
            open.end(route.id, .answered)
            return receipt
        } catch {
            open.end(route.id, phase ?? .unanswered)
            guard error == .interactionGone else { throw error }
            // Too late for the interaction. What only its asker should see cannot be said in a place.
            if answer.isDiscreet { throw error }
            return nil
        }
    }

    private func send(
        _ payload: DiscordPayload, marked: DiscordPayload, _ answer: OutboxContent.Answer, _ route: InteractionRoute,
        _ phase: OpenInteractions.Phase?
    ) async throws(DiscordError) -> Receipt {
        guard phase != .deferred else { return try await complete(payload, marked: marked, answer, route) }
        let callback =
            answer.replacesView
            ? InteractionCallback.update(payload)
            : InteractionCallback.message(payload, isEphemeral: answer.isDiscreet)
        if open.respond(route.id, with: callback) { return Receipt(providerMessageID: nil) }
        do throws(DiscordError) {
            try await api.answer(route, callback)
            return Receipt(providerMessageID: nil)
        } catch {
            // Acknowledged before a restart, or by a call whose answer was lost.
            guard error == .alreadyAnswered else { throw error }
            return try await complete(payload, marked: marked, answer, route)
        }
    }

    /// Behind an acknowledgement. Replacing can be repeated; a further message cannot be taken back.
    private func complete(
        _ payload: DiscordPayload, marked: DiscordPayload, _ answer: OutboxContent.Answer, _ route: InteractionRoute
    ) async throws(DiscordError) -> Receipt {
        if route.kind == .command || answer.replacesView {
            let done = try await api.editAnswer(route, payload)
            return Receipt(providerMessageID: done.json["id"]?.string, exhaustedFor: nil)
        }
        let done = try await api.followUp(route, marked, isEphemeral: answer.isDiscreet)
        return Receipt(providerMessageID: done.json["id"]?.string, exhaustedFor: nil)
    }
}
