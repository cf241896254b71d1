import Chat
import Logging
import Market
import Metrics
import Sentiment
import ServiceLifecycle
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
    private let ruleTime: any TimeSource
    private let logger: Logger
    private let told: @Sendable ([MarketReading]) async -> Void
    private var intake: TextIntake?

    /// - Parameters:
    ///   - ruleTime: stamps readings, since rules compare them with their own clock.
    ///   - told: takes the tone of symbols and funding rates.
    init(
        store: any TextStore, analyzer: ToneAnalyzer, wall: any TimeSource, ruleTime: any TimeSource, logger: Logger,
        told: @escaping @Sendable ([MarketReading]) async -> Void
    ) {
        self.store = store
        self.analyzer = analyzer
        self.wall = wall
        self.ruleTime = ruleTime
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
                    readings.append(
                        MarketReading(symbol: symbol, kind: .funding, value: rate, time: ruleTime.now))
                case .asset, .network: Counter(label: "vigia_figures_total").increment()
                }
            }
            try await store.save(heard)
            for symbol in touched.sorted() { readings.append(try await tone(of: symbol)) }
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

    /// Tells how each symbol sounds now: an hour moves on without a new text, too.
    func tell(_ symbols: [Symbol]) async {
        var readings: [MarketReading] = []
        do {
            for symbol in symbols { readings.append(try await tone(of: symbol)) }
        } catch {
            logger.error("tone is not known", metadata: ["error": "\(error)"])
        }
        await told(readings)
    }

    /// The last hour's tone where anything was heard in it, else the day's; unknown where nothing was.
    private func tone(of symbol: Symbol) async throws -> MarketReading {
        let now = wall.now
        let texts = try await store.texts(of: symbol, since: now - .days(1), limit: TextDesk.mostTexts).map(\.heard)
        let (hour, day) = SymbolTone.lastHourAndDay(of: texts, now: now)
        return MarketReading(symbol: symbol, kind: .sentiment, value: hour.score ?? day.score, time: ruleTime.now)
    }
}

/// Has the tone of every watched symbol told anew every few minutes.
struct ToneClock: Service {
    private static let interval = Duration.seconds(300)

    let desk: MediaDesk
    let watched: @Sendable () -> [Symbol]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await desk.tell(watched())
                try? await ContinuousClock().sleep(for: Self.interval)
            }
        }
    }
}
