/// How sentences of one language are built and what commands they stand for. All of it comes from a file,
/// `locales/<code>.sentences`; see `GrammarReader` for how that is written.
struct SentenceGrammar: Sendable {
    indirect enum Node: Hashable, Sendable {
        /// A word, without accents and in lower case, or a sign.
        case word(String)
        /// Something that is read: a symbol, a number.
        case slot(SentenceSlot, label: String)
        case rule(Int, label: String)
        case sequence([Node])
        case choice([Node])
        case optional(Node)
    }

    enum OutputPiece: Hashable, Sendable {
        case text(String)
        /// What the part of this label stands for.
        case value(String)
        /// Each of the default symbols: one line for each.
        case each
    }

    struct Alternative: Hashable, Sendable {
        var node: Node
        /// `nil`: what the parts stand for, with blanks between them.
        var output: [OutputPiece]?
        /// Less likely than the others where two are possible.
        var cost = 0
        /// What it may begin with; filled in when all rules are known.
        var beginning = SentenceBeginning()
    }

    struct Rule: Hashable, Sendable {
        var name: String
        var alternatives: [Alternative]
    }

    var rules: [Rule]
    /// Index of the rule that a whole sentence follows.
    var sentence: Int
    /// Index of the rule whose alternatives, found anywhere in what was not understood, say what may be near.
    var hint: Int?
    var words: SentenceWords
}

/// Lists of words that the readers of one language need.
struct SentenceWords: Sendable {
    var decimal: Character = "."
    var grouping: Character = ","
    /// Words that may stand anywhere and mean nothing, each as its words.
    var fillers: [[String]] = []
    /// Words that turn a meaning round. They are never corrected into another word.
    var negations: Set<String> = []
    /// `thousand` is 3.
    var magnitudes: [String: Int] = [:]
    var numbers: [String: Int] = [:]
    /// Names of coins that mistyped words are corrected to.
    var coins: Set<String> = []
    /// Words between tens and ones: Spanish `setenta y dos`.
    var joiners: Set<String> = []
    /// `january` is 1.
    var months: [String: Int] = [:]
    /// Words that are 1 before a unit of time: `an hour`.
    var articles: Set<String> = []
    var currencies: Set<String> = []
    var percents: [[String]] = []
    /// `hours` is `h`.
    var units: [String: String] = [:]
    /// Names of places that the zone directory does not know.
    var zones: [String: String] = [:]
    /// Words of the grammar that are also coins.
    var alsoSymbols: Set<String> = []
    /// Every word that the language knows; outside `alsoSymbols` none of them is a coin unless it is written as one.
    var vocabulary: Set<String> = []
}

/// Things in a sentence that are read rather than listed.
enum SentenceSlot: String, CaseIterable, Sendable {
    /// `BTC`, `$btc`, `bitcoin`, `BTC/USDT`.
    case symbol
    /// An amount of quote currency: `60k`, `$60,000`, `55 thousand dollars`.
    case price
    /// `5%`, `7.5 percent`.
    case percent
    /// A number up to 100 without a sign or unit.
    case number
    /// An amount of coins.
    case amount
    /// A whole number: of a rule, of an alert.
    case id
    /// A length of time: `2h`, `30 minutes`, `an hour`.
    case span
    /// A length that candles have.
    case timeframe
    /// `14:30`.
    case clock
    /// An hour before noon, behind which the language says so: `10`, `10:30`.
    case am
    /// The same after noon.
    case pm
    /// The same in the night: 12 is midnight, 6 to 11 are in the evening.
    case night
    /// An hour of which nobody says whether it is before or after noon: both.
    case vague
    /// An hour from 13 on, or 0: no clock of twelve hours has it.
    case hour24
    /// An hour as a clock of 24 hours has it.
    case hour
    case zone
    case email
    case phone
    /// Six digits.
    case code
    /// `2026-12-31`, or the same with the name of the month.
    case date
    /// A condition in the language of rules, up to the end.
    case rule
    /// Anything, as it was written.
    case text
}
