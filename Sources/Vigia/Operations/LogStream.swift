import Foundation
import Logging
import Synchronization

/// Writes log lines to standard error as text or JSON, without secrets, and keeps the newest for `/ops log`.
final class LogStream: Sendable {
    enum Format: String, Sendable { case text, json }

    private struct State {
        var recent: [String] = []
        var next = 0
    }

    private let format: Format
    private let secrets: [String]
    private let state = Mutex(State())
    /// Index of the level among all levels.
    private let threshold = Atomic(2)
    private let capacity = 500

    /// - Parameter secrets: values that never leave; shorter than four characters they are not looked for.
    init(format: Format, secrets: [String]) {
        self.format = format
        self.secrets = secrets.filter { $0.count >= 4 }.sorted { $0.count > $1.count }
    }

    func logger(_ label: String) -> Logger { Logger(label: label) { self.handler($0) } }

    /// For loggers that are made without the stream at hand.
    func handler(_ label: String) -> any LogHandler { Handler(stream: self, label: label) }

    /// The least level that is written, of every logger of this stream from now on; `info` at first.
    func setLevel(_ level: Logger.Level) {
        threshold.store(Logger.Level.allCases.firstIndex(of: level) ?? 2, ordering: .relaxed)
    }

    var level: Logger.Level { Logger.Level.allCases[threshold.load(ordering: .relaxed)] }

    /// The newest lines, oldest first.
    func recent(_ count: Int) -> [String] {
        state.withLock { state in
            let ordered =
                state.recent.count < capacity
                ? state.recent : Array(state.recent[state.next...] + state.recent[..<state.next])
            return Array(ordered.suffix(max(0, count)))
        }
    }

    func redact(_ text: String) -> String {
        var text = text
        for secret in secrets where text.contains(secret) { text = text.replacing(secret, with: "[redacted]") }
        return text
    }

    fileprivate func write(_ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata) {
        let time = Date().ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))
        let line: String
        switch format {
        case .text:
            let fields = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            line = redact("\(time) \(level.rawValue) \(label): \(message)\(fields)").replacing("\n", with: "\\n")
        case .json:
            var object = metadata.mapValues { redact("\($0)") }
            object["time"] = time
            object["level"] = level.rawValue
            object["label"] = label
            object["message"] = redact(message)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            line = (try? encoder.encode(object)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        }
        state.withLock { state in
            if state.recent.count < capacity { state.recent.append(line) } else { state.recent[state.next] = line }
            state.next = (state.next + 1) % capacity
        }
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private struct Handler: LogHandler {
        let stream: LogStream
        let label: String
        /// Set for this logger alone.
        private var ownLevel: Logger.Level?
        var logLevel: Logger.Level {
            get { ownLevel ?? stream.level }
            set { ownLevel = newValue }
        }
        var metadata = Logger.Metadata()

        init(stream: LogStream, label: String) {
            self.stream = stream
            self.label = label
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            stream.write(event.level, label, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 })
        }
    }
}
