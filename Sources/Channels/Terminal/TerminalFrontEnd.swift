package import Chat
package import Market
import Messages
package import People

/// The terminal as a way in. Each line is a message of the local operator; a number alone presses the button of that number
/// under the latest message. `quit` ends.
package struct TerminalFrontEnd: Sendable {
    /// Who sits at the machine may do everything: wiring counts this identity among the operators.
    package static let identity = Identity(platform: .terminal, externalID: "local")
    package static let address = "local"

    private let conversation: any Conversation
    private let screen: TerminalScreen
    private let time: any TimeSource
    private let languageHint: String?
    private let script: Script?

    /// How a list of commands is played: lines are echoed, those that begin with `#` are left out, and after each the next
    /// waits until a message was shown, but not longer than `patience`. A line `wait 30` waits up to 30 seconds for a further
    /// message, such as an alert.
    package struct Script: Sendable {
        package var patience: Duration
        package var clock: any Clock<Duration>
        package init(patience: Duration = .seconds(5), clock: any Clock<Duration> = ContinuousClock()) {
            self.patience = patience
            self.clock = clock
        }
    }

    package init(
        conversation: any Conversation, screen: TerminalScreen, time: any TimeSource, languageHint: String? = nil,
        script: Script? = nil
    ) {
        self.conversation = conversation
        self.screen = screen
        self.time = time
        self.languageHint = languageHint
        self.script = script
    }

    /// Returns when the lines end, at `quit`, or at cancellation.
    package func run<Lines: AsyncSequence>(_ lines: Lines) async throws where Lines.Element == String {
        let session = time.now.milliseconds
        var number = 0
        for try await line in lines {
            let line = line.trimmingSpaces
            if line.isEmpty || (script != nil && line.hasPrefix("#")) { continue }
            if ["quit", "exit", "/quit", "/exit"].contains(line.lowercased()) { return }
            if let script, line.hasPrefix("wait "), let seconds = Int(line.dropFirst(5)), seconds > 0 {
                await wait(
                    for: screen.shownCount + 1, Script(patience: .seconds(min(seconds, 3600)), clock: script.clock))
                continue
            }
            if script != nil { screen.note("> \(line)") }
            number += 1
            guard let message = message(line, key: "terminal:\(session):\(number)") else { continue }
            let shown = screen.shownCount
            try await conversation.handle([message], [])
            if let script { await wait(for: shown + 1, script) }
        }
    }

    private func message(_ line: String, key: String) -> IncomingMessage? {
        var text = line
        var pressedOn: String?
        if let number = Int(line), let pressed = screen.button(number) {
            switch pressed.button.action {
            case .command(let command):
                text = command
                pressedOn = pressed.messageID
            case .link(let url):
                screen.note(url)
                return nil
            }
        }
        return IncomingMessage(
            updateKey: key, sender: TerminalFrontEnd.identity,
            scene: .privateChat(channel: .terminal, address: TerminalFrontEnd.address), text: text,
            pressedOn: pressedOn,
            languageHint: languageHint, receivedAt: time.now)
    }

    private func wait(for count: Int, _ script: Script) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await screen.waitUntilShown(count) }
            group.addTask { try? await script.clock.sleep(for: script.patience) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
