import Logging
import Market
import Metrics
import Sentiment
import Storage

/// Where the sources beside the venues hand in what they found: texts are taken in and stored, readings go to those who
/// decide. A source waits until its own harvest is dealt with.
actor MediaDesk: DataSink {
    /// What is remembered of the days before a restart, so that nothing is heard twice.
    private static let recalled = Span.days(2)
    private static let mostRecalled = 20_000

    private let store: any TextStore
    private let analyzer: ToneAnalyzer
    private let wall: any TimeSource
    private let logger: Logger
    private let told: @Sendable ([MarketReading]) async -> Void
    private var intake: TextIntake?

    /// - Parameter told: takes the new tone of symbols and funding rates.
    init(
        store: any TextStore, analyzer: ToneAnalyzer, wall: any TimeSource, logger: Logger,
        told: @escaping @Sendable ([MarketReading]) async -> Void
    ) {
        self.store = store
        self.analyzer = analyzer
        self.wall = wall
        self.logger = logger
        self.told = told
    }

    func send(_ points: [DataPoint]) async {
        var readings: [MarketReading] = []
        var touched: Set<Symbol> = []
        do {
            var heard: [HeardItem] = []
            for point in points {
                switch point.content {
                case .text(let item):
                    guard let taken = try await take(item, point) else { continue }
                    heard.append(taken)
                    touched.formUnion(taken.symbols)
                case .retracted(let id): try await store.retract(point.source, id: id)
                case .funding(let rate):
                    guard let symbol = point.symbol else { continue }
                    readings.append(MarketReading(symbol: symbol, kind: .funding, value: rate, time: point.time))
                case .asset, .network: Counter(label: "vigia_figures_total").increment()
                }
            }
            try await store.save(heard)
            for symbol in touched.sorted() { readings += try await tone(of: symbol) }
        } catch {
            // The same texts come again with the next answer of the source.
            logger.error("what was heard cannot be stored", metadata: ["error": "\(error)"])
            intake = nil
        }
        if !readings.isEmpty { await told(readings) }
    }

    private func take(_ item: MediaItem, _ point: DataPoint) async throws -> HeardItem? {
        if intake == nil { intake = try await recalled() }
        // In place: a copy of all that is remembered for each text would cost more than the text.
        guard let verdict = intake?.take(item, source: point.source, at: point.time) else { return nil }
        // A checkpoint takes a tenth of a second for a text: others get their turn between two.
        await Task.yield()
        let outcome: String
        var taken: HeardItem?
        switch verdict {
        case .taken(let heard):
            outcome = "taken"
            taken = heard
        case .duplicate:
            outcome = "duplicate"
            if let engagement = item.engagement {
                try await store.noticed(point.source, id: item.id, engagement: engagement)
            }
        case .unlinked: outcome = "unlinked"
        }
        Counter(
            label: "vigia_texts_total", dimensions: [("source", point.source.name), ("outcome", outcome)]
        ).increment()
        return taken
    }

    private func recalled() async throws -> TextIntake {
        var intake = TextIntake(analyzer: analyzer, capacity: Self.mostRecalled)
        intake.recall(try await store.titles(since: wall.now - Self.recalled, limit: Self.mostRecalled))
        return intake
    }

    /// The last hour's tone where anything was heard in it, else the day's.
    private func tone(of symbol: Symbol) async throws -> [MarketReading] {
        let now = wall.now
        let texts = try await store.texts(of: symbol, since: now - .days(1), limit: 2_000).map(\.heard)
        let (hour, day) = SymbolTone.lastHourAndDay(of: texts, now: now)
        guard let score = hour.score ?? day.score else { return [] }
        return [MarketReading(symbol: symbol, kind: .sentiment, value: score, time: now)]
    }
}
