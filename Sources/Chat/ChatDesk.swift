package import Decisions
package import Delivery
package import Forecasts
package import Market
package import Messages
package import People
package import Reports

/// What commands may look at and ask, beside the store. Wired once.
package struct ChatDesk: Sendable {
    package var market: MarketDesk
    package var policy: ChatPolicy
    package var clocks: ChatClocks
    package var operations: OperationsDesk
    package var codes: any CodeMaking
    package var rules: RuleDesk
    /// `nil` where none is kept.
    package var ledger: (any LedgerReader)?
    /// News and posts; `nil` where nothing is heard.
    package var texts: TextDesk?
    /// How plain sentences are understood.
    package var sentences: SentenceBook
    /// The digest that somebody would get now; `nil` for somebody unknown.
    package var digestNow: @Sendable (RecipientID, Digest.Kind) async throws -> Content?

    /// The rule that was shared under the hash of a code; `nil` when there is none.
    package var sharedRule: @Sendable (_ hash: String) async throws -> String? = { _ in nil }

    /// Everything scored so far; `nil` where nothing is.
    package var scorecard: (@Sendable (_ symbol: Symbol?, _ owner: RecipientID?) async throws -> Scorecard)?

    package init(
        market: MarketDesk, policy: ChatPolicy, clocks: ChatClocks, operations: OperationsDesk, codes: any CodeMaking,
        rules: RuleDesk, ledger: (any LedgerReader)? = nil, texts: TextDesk? = nil, sentences: SentenceBook = .empty,
        digestNow: @escaping @Sendable (RecipientID, Digest.Kind) async throws -> Content? = { _, _ in nil }
    ) {
        self.market = market
        self.policy = policy
        self.clocks = clocks
        self.operations = operations
        self.codes = codes
        self.rules = rules
        self.ledger = ledger
        self.texts = texts
        self.sentences = sentences
        self.digestNow = digestNow
    }
}

/// Prices, stored candles and what is computed from them.
package struct MarketDesk: Sendable {
    package var board: any BoardReader
    package var symbols: any SymbolMatching
    package var candles: any CandleStore
    package var forecaster: any Forecaster
    /// Whose candles are read.
    package var venue: Venue
    /// `DEFAULT_SYMBOLS`.
    package var defaultSymbols: [Symbol]
    /// `PREDICTION_TIMEFRAMES`.
    package var horizons: [Timeframe]

    package init(
        board: any BoardReader, symbols: any SymbolMatching, candles: any CandleStore, forecaster: any Forecaster,
        venue: Venue, defaultSymbols: [Symbol], horizons: [Timeframe] = [.h1, .h4, .d1, .w1]
    ) {
        self.board = board
        self.symbols = symbols
        self.candles = candles
        self.forecaster = forecaster
        self.venue = venue
        self.defaultSymbols = defaultSymbols
        self.horizons = horizons
    }
}

/// Finds the symbol that somebody means by `btc`, `$BTC`, `BTC-USD` or `bitcoin`.
package protocol SymbolMatching: Sendable {
    func match(_ text: String) -> SymbolMatch
}

package enum SymbolMatch: Hashable, Sendable {
    case symbol(Symbol)
    /// Known symbols that are spelled alike, nearest first.
    case unknown(nearest: [Symbol])
}

/// Who may do what, and how much of it.
package struct ChatPolicy: Sendable {
    /// `VIGIA_ACCESS`.
    package var access: AccessMode
    /// `VIGIA_ADMINS`, and the local terminal.
    package var administrators: Set<Identity>
    /// `MIN_CONFIDENCE_THRESHOLD`, 0 to 1.
    package var minimumStrength: Double
    package var mostRules: Int
    package var mostSubscriptions: Int
    /// Code and own name of every language that messages can be written in.
    package var languages: [(code: String, name: String)]
    /// The platform's link that opens a chat with us and sends `/start PAYLOAD`; `nil` where there is none.
    package var startLink: @Sendable (String) -> String?
    package var contacts = ContactPolicy()

    package init(
        access: AccessMode, administrators: Set<Identity> = [], minimumStrength: Double = 0.6, mostRules: Int = 100,
        mostSubscriptions: Int = 100,
        languages: [(code: String, name: String)] = [("en", "English"), ("es", "Español")],
        startLink: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.access = access
        self.administrators = administrators
        self.minimumStrength = minimumStrength
        self.mostRules = mostRules
        self.mostSubscriptions = mostSubscriptions
        self.languages = languages
        self.startLink = startLink
    }
}

package struct ChatClocks: Sendable {
    /// Expiry, throttling, stamps.
    package var wall: any TimeSource
    /// `VIGIA_CLOCK`.
    package var rules: any TimeSource
    package init(wall: any TimeSource, rules: any TimeSource) {
        self.wall = wall
        self.rules = rules
    }
}

/// What only operators see.
package struct OperationsDesk: Sendable {
    package var version: String
    package var startedAt: Timestamp
    /// The last lines of the log, oldest first, secrets redacted.
    package var recentLog: @Sendable (_ count: Int) -> [String]
    /// What may be spent on SMS; `nil` where none are sent.
    package var smsCaps: SMSCaps?
    package init(
        version: String, startedAt: Timestamp, recentLog: @escaping @Sendable (_ count: Int) -> [String] = { _ in [] }
    ) {
        self.version = version
        self.startedAt = startedAt
        self.recentLog = recentLog
    }
}

/// Makes one-time codes. The store sees only their hashes.
package protocol CodeMaking: Sendable {
    /// A code of at least 64 bits of chance, made of `[A-Za-z0-9_-]`, and its hash.
    func newCode() -> (code: String, hash: String)
    func hash(of code: String) -> String
    /// Six digits by chance, for a contact's code.
    func newDigits() -> String
}

extension CodeMaking {
    package func newDigits() -> String {
        var generator = SystemRandomNumberGenerator()
        let number = Int.random(in: 0..<1_000_000, using: &generator)
        return String(String(number + 1_000_000).dropFirst())
    }
}
