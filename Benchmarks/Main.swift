import Foundation

/// Prints one line a figure: name, value, unit. `vigia-bench NAME` runs one part.
@main
enum Main {
    static let parts: [(name: String, run: @Sendable () async throws -> Void)] = [
        ("indicators", { try IndicatorBench.run() }),
        ("patterns", { try PatternBench.run() }),
        ("delivery", { try await DeliveryBench.run() }),
        ("delivery-http", { try await DeliveryBench.runHTTP() }),
        ("matcher", { MatcherBench.run() }),
        ("matcher-load", { try await MatcherStoreBench.load(count: 1_000_000) }),
        ("matcher-tick", { try await MatcherStoreBench.tick(people: 100_000) }),
        ("sentiment", { try SentimentBench.run() }),
        ("start", { try await StartBench.run() }),
        ("commands", { try await CommandBench.run() }),
        ("webhook", { try await WebhookBench.run() }),
        ("tick", { try await TickBench.run() }),
        (
            "isolation",
            {
                try await ChannelIsolationBench.run()
                try await IsolationBench.run()
            }
        ),
        ("replay", { try await ReplayBench.run() }),
    ]

    static func main() async {
        let wanted = CommandLine.arguments.dropFirst().first
        guard wanted == nil || parts.contains(where: { $0.name == wanted }) else {
            FileHandle.standardError.write(
                Data("no such part; there are \(parts.map(\.name).joined(separator: ", "))\n".utf8))
            exit(2)
        }
        // `matcher` is also what begins with `matcher-`.
        for part in parts where wanted.map({ part.name == $0 || part.name.hasPrefix($0 + "-") }) ?? true {
            do { try await part.run() } catch {
                FileHandle.standardError.write(Data("\(part.name): \(error)\n".utf8))
                exit(1)
            }
        }
    }
}

/// One figure.
func report(_ name: String, _ value: Double, _ unit: String) {
    let text =
        value >= 1000
        ? String(format: "%.0f", value) : value >= 10 ? String(format: "%.1f", value) : String(format: "%.2f", value)
    FileHandle.standardOutput.write(Data("\(name) \(text) \(unit)\n".utf8))
}

extension Array where Element == Double {
    /// The value that a share of all are at most; 0 for none.
    func percentile(_ share: Double) -> Double {
        guard !isEmpty else { return 0 }
        let ordered = sorted()
        return ordered[Swift.min(ordered.count - 1, Int(Double(ordered.count) * share))]
    }
}
