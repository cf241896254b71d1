import Foundation

/// How far something has come, on standard error of a terminal once it takes over two seconds; silent elsewhere.
final class ProgressLine {
    private let title: String
    private let began: ContinuousClock.Instant
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = -1

    init(_ title: String) {
        self.title = title
        began = ContinuousClock.now
    }

    func show(_ share: Double) {
        let percent = Int(min(1, max(0, share)) * 100)
        guard isTerminal, percent != shown, ContinuousClock.now - began > .seconds(2) else { return }
        shown = percent
        let full = percent / 4
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: 25 - full)
        write("\r\(title) \(bar) \(percent)%")
    }

    /// Takes the line away.
    func end() {
        guard shown >= 0 else { return }
        write("\r\u{1b}[K")
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}
