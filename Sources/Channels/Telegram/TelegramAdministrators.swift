import Synchronization

/// Who administers which group, as the server said within the last minute. Bounded; on a failure the answer is `nil`,
/// which the conversation takes for "not known".
final class TelegramAdministrators: Sendable {
    static let lifetime = Duration.seconds(60)
    static let most = 4_096
    /// Questions in flight at once.
    static let width = 16

    private struct Entry {
        var isAdministrator: Bool
        var expires: ContinuousClock.Instant
    }

    private let api: TelegramAPI
    private let now: @Sendable () -> ContinuousClock.Instant
    private let known = Mutex<[TelegramMapping.Question: Entry]>([:])

    init(api: TelegramAPI, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.api = api
        self.now = now
    }

    /// Answers each question once, from memory where it is fresh.
    func answers(to questions: Set<TelegramMapping.Question>) async -> [TelegramMapping.Question: Bool] {
        var answers: [TelegramMapping.Question: Bool] = [:]
        var open: [TelegramMapping.Question] = []
        let time = now()
        known.withLock { known in
            for question in questions {
                if let entry = known[question], entry.expires > time {
                    answers[question] = entry.isAdministrator
                } else {
                    open.append(question)
                }
            }
        }
        guard !open.isEmpty else { return answers }
        let fresh = await ask(open)
        known.withLock { known in
            if known.count + fresh.count > TelegramAdministrators.most {
                known = known.filter { $0.value.expires > time }
                if known.count + fresh.count > TelegramAdministrators.most { known.removeAll() }
            }
            for (question, answer) in fresh {
                known[question] = Entry(isAdministrator: answer, expires: time + TelegramAdministrators.lifetime)
            }
        }
        return answers.merging(fresh) { _, new in new }
    }

    private func ask(_ questions: [TelegramMapping.Question]) async -> [TelegramMapping.Question: Bool] {
        await withTaskGroup(of: (TelegramMapping.Question, Bool?).self) { group in
            var rest = questions[...]
            var answers: [TelegramMapping.Question: Bool] = [:]
            func add() {
                guard let question = rest.popFirst() else { return }
                group.addTask {
                    (question, try? await self.api.isAdministrator(chat: question.chat, user: question.user))
                }
            }
            for _ in 0..<TelegramAdministrators.width { add() }
            for await (question, answer) in group {
                answers[question] = answer
                add()
            }
            return answers
        }
    }
}
