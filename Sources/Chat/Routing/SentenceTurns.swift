import Market
import People

/// Makes commands of plain sentences before the router sorts its turns, so that a sentence has everything that the
/// command has: preparation, rights, confirmation.
struct SentenceTurns: Sendable {
    let reader: SentenceReader
    let book: SentenceBook
    let store: any ChatStore
    let policy: ChatPolicy
    let commands: CommandList

    func understood(_ turns: [IncomingTurn]) async throws -> [IncomingTurn] {
        let plain = turns.indices.filter { turns[$0].throttle == .allowed && turns[$0].utterance.isPlain }
        guard !plain.isEmpty, !book.languages.isEmpty else { return turns }
        let languages = try await languages(of: plain.map { turns[$0].message })
        var turns = turns
        for (index, language) in zip(plain, languages) {
            guard case .plain(let text) = turns[index].utterance else { continue }
            switch reader.read(text, language: language) {
            case .understood(let line), .refused(let line):
                let utterance = Utterance(line)
                guard case .command(let invocation) = utterance else { continue }
                turns[index].utterance = utterance
                turns[index].command = commands[invocation.name]
                turns[index].message.text = line
            case .unclear(let lines): turns[index].choices = lines
            case .unknown: turns[index].hints = reader.hints(text, language: language)
            }
        }
        return turns
    }

    /// The language of whoever is answered: the person, or the place.
    private func languages(of messages: [IncomingMessage]) async throws -> [String] {
        let admission = Admission(policy: policy)
        return try await store.read { session in
            try messages.map { message in
                let identity =
                    if case .place(_, _, let place) = message.scene { place } else { message.sender }
                return try session.recipient(for: identity)?.preferences.language
                    ?? admission.language(message.languageHint)
            }
        }
    }
}

extension Utterance {
    var isPlain: Bool { if case .plain = self { true } else { false } }
}
