import Foundation
import Market
import Testing
import Turns

@testable import Decisions

/// `VIGIA_FUZZ_INPUTS` says how many texts are read; `make fuzz` reads 10 million.
@Suite("Hostile rules", .oneAtATime)
struct RuleFuzzTests {
    private static let inputs =
        ProcessInfo.processInfo.environment["VIGIA_FUZZ_INPUTS"].flatMap { Int($0) } ?? 100_000
    /// So long is a text read at most; a slow machine gets a hundred times what one takes.
    private static let patience = Duration.seconds(2)

    @Test("fuzz: whatever is typed is understood or refused at a place inside it, at once")
    func fuzz() async {
        let workers = max(1, min(8, ProcessInfo.processInfo.activeProcessorCount))
        let tally = await withTaskGroup(of: RuleFuzz.Tally.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var fuzz = RuleFuzz(seed: 7 + UInt64(worker))
                    return fuzz.run(RuleFuzzTests.inputs / workers + 1)
                }
            }
            return await group.reduce(into: RuleFuzz.Tally()) { $0.add($1) }
        }
        print(
            "rule fuzz: \(tally.read) texts, \(tally.accepted) understood, slowest \(tally.slowest), \(tally.faults.count) faults"
        )
        #expect(tally.faults == [])
        #expect(tally.read >= RuleFuzzTests.inputs)
        // Without texts that are understood nothing was tried of what follows.
        #expect(tally.accepted > tally.read / 50)
        #expect(tally.slowest < RuleFuzzTests.patience)
    }

    @Test("a text of any length is refused before work is put into it")
    func endless() {
        let endless = String(repeating: "BTC > 5 and ", count: 100_000)
        #expect(throws: RuleError.self) { try RuleText.parse(endless, symbols: someSymbols) }
        let one = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(throws: RuleError.self) { try RuleText.parse(one, symbols: someSymbols) }
        for opening in ["(", "not ", "-", "BTC (", "average(", "BTC not (", "$", "*", ",", "BTC,"] {
            let deep = String(repeating: opening, count: 2_000)
            #expect(throws: RuleError.self) { try RuleText.parse(deep, symbols: someSymbols) }
            #expect(throws: RuleError.self) {
                try RuleText.parseStored(String(deep.prefix(1_999)), symbols: someSymbols)
            }
        }
    }
}

/// Makes texts that no one should type, and reads them.
struct RuleFuzz {
    struct Tally: Sendable {
        var read = 0
        var accepted = 0
        var slowest = Duration.zero
        /// Texts that were read wrongly, with what is wrong; the first few.
        var faults: [String] = []

        mutating func add(_ other: Tally) {
            read += other.read
            accepted += other.accepted
            slowest = max(slowest, other.slowest)
            faults += other.faults.prefix(10)
        }
    }

    private var generator: SeededGenerator
    private var maker: RuleMaker
    /// Valid rules that mutations start from.
    private var seeds: [[Character]] = []

    private static let pieces = [
        "BTC", "ETH", "*", ",", ">", "<", ">=", "(", ")", "and", "or", "not", "-", "+", "/", "$", "%", ".", "70k",
        "1e400", "0x1p3", "inf", "nan", "-5%", "rsi(14, 4h)", "average(", "volume(1h)", "crosses", "above", "for",
        "10m", "every", "until", "2026-12-31", "2026-12-31T18:00Z", "0000-00-00", "once", "as", "critical", "via",
        "sms",
        "hysteresis", "since last alert", "since entry", "🚀", "\u{202e}", "\u{0}", "é", "٣", "👩‍👩‍👧‍👦", "מחיר", "\r\n",
        "\u{200b}", "99999999999999999999999", "anomaly(price)", "listing", "5m", "1INCH", "spread(binance, coinbase)",
        "pattern(hammer, 1h)", "forecast(1d)", "macd(12, 26, 9).", ".line", "≥", "−", "9223372036854775807", "1w",
        "400d",
        "highest(", "ETH/BTC", "BTC-USD", "$MAX", "_", "1_000", "1.2.3", "%%", "==", "<>", "\u{feff}",
    ]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        maker = RuleMaker(seed: seed)
        for _ in 0..<500 {
            let text = maker.definition().text
            if text.count <= RuleText.typedLimit { seeds.append(Array(text)) }
        }
    }

    mutating func run(_ count: Int) -> Tally {
        var tally = Tally()
        let clock = ContinuousClock()
        for round in 0..<count {
            let text = text(round)
            let begin = clock.now
            let fault = RuleFuzz.read(text, &tally)
            tally.slowest = max(tally.slowest, clock.now - begin)
            tally.read += 1
            if let fault, tally.faults.count < 10 { tally.faults.append("\(fault): \(text.debugDescription)") }
        }
        return tally
    }

    /// What is wrong with how it was read, if anything.
    private static func read(_ text: String, _ tally: inout Tally) -> String? {
        do {
            let definition = try RuleText.parse(text, symbols: someSymbols, sources: Set(RuleSource.allCases))
            tally.accepted += 1
            let canonical = definition.text
            if (try? RuleText.parseStored(canonical, symbols: someSymbols)) != definition {
                return "'\(canonical)' is not the same rule"
            }
            return nil
        } catch {
            let length = max(text.count, RuleText.typedLimit) + 1
            guard error.column >= 1, error.column <= length, !error.sentence.isEmpty, !error.key.isEmpty else {
                return "\(error)"
            }
            return nil
        }
    }

    private mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    private mutating func piece() -> String { RuleFuzz.pieces[whole(0...RuleFuzz.pieces.count - 1)] }

    private mutating func text(_ round: Int) -> String {
        switch round % 8 {
        case 0:
            let bytes = (0..<whole(0...120)).map { _ in UInt8(truncatingIfNeeded: whole(0...255)) }
            return String(decoding: bytes, as: UTF8.self)
        case 1:
            let signs = Array("BTCETH*,><=!()+-/$%.0123456789kmb andornotcrosses\t\u{a0}".unicodeScalars)
            var text = ""
            for _ in 0..<whole(1...80) { text.unicodeScalars.append(signs[whole(0...signs.count - 1)]) }
            return text
        case 2:
            var text = ""
            for _ in 0..<whole(1...30) { text += piece() + (whole(0...1) == 0 ? " " : "") }
            return text
        default: return mutated(seeds[whole(0...seeds.count - 1)])
        }
    }

    /// A valid rule with up to three changes: something put in, taken out, doubled, exchanged, or two rules joined.
    private mutating func mutated(_ original: [Character]) -> String {
        var text = original
        for _ in 0..<whole(0...3) where !text.isEmpty {
            let place = whole(0...text.count - 1)
            let end = min(text.count, place + whole(1...12))
            switch whole(0...5) {
            case 0: text.insert(contentsOf: Array(piece()), at: place)
            case 1: text.removeSubrange(place..<end)
            case 2: text.insert(contentsOf: text[place..<end], at: place)
            case 3: text.swapAt(place, whole(0...text.count - 1))
            case 4: text[place] = Character(UnicodeScalar(UInt8(whole(32...126))))
            default:
                let other = seeds[whole(0...seeds.count - 1)]
                text = Array(text[..<place] + other[whole(0...other.count - 1)...])
            }
        }
        return String(text)
    }
}
