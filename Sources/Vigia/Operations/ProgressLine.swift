import Foundation
import Synchronization

/// A bar on the terminal for work that takes longer than two seconds; nothing where standard error is no terminal.
final class ProgressLine: Sendable {
    private struct State {
        var start: ContinuousClock.Instant
        var percent = -1
        var isShown = false
    }

    private let label: String
    private let isTerminal: Bool
    private let state: Mutex<State>

    init(_ label: String) {
        self.label = label
        isTerminal = isatty(STDERR_FILENO) == 1
        state = Mutex(State(start: .now))
    }

    /// - Parameter share: what is done, 0 to 1.
    func show(_ share: Double) {
        guard isTerminal else { return }
        let line: String? = state.withLock { state in
            let percent = Int((min(max(share, 0), 1) * 100).rounded(.down))
            guard percent != state.percent, ContinuousClock.now - state.start > .seconds(2) else { return nil }
            state.percent = percent
            state.isShown = true
            let filled = percent * 30 / 100
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
            return "\r\(label) [\(bar)] \(percent)%"
        }
        if let line { write(line) }
    }

    /// Takes the bar away.
    func end() {
        let wasShown = state.withLock { state in
            defer { state.isShown = false }
            return state.isShown
        }
        if wasShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
