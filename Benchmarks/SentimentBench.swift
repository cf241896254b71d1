import Foundation
import Sentiment

/// Sentences that VADER scores, texts that are heard and linked, and BERT where `FINBERT_PATH` names a checkpoint.
enum SentimentBench {
    /// Made-up texts of the length of posts, with every rule of VADER among them.
    static let texts: [String] = {
        let openings = [
            "Bitcoin looks GREAT today", "not sure that this rally is real",
            "ETH was kind of boring, but SOL is amazing",
            "I love the new wallet :)", "the market crashed again and nobody cares", "This is the worst scam EVER!!!",
        ]
        let middles = [
            "because the inflows are very strong", "and the team isn't honest about losses", "while volume stays low",
            "so everyone is extremely happy with the results", "without any doubt a terrible decision",
        ]
        let ends = ["really?", "to the moon 🚀", "at least for now.", "never so good", "lol", "price at 64,120 USD"]
        return openings.flatMap { a in middles.flatMap { b in ends.map { "\(a) \(b) \($0)" } } }
    }()

    static func run() throws {
        let vader = VaderAnalyzer()
        report("vader", texts.rate { vader.scores(of: $0).compound }, "sentences/s")
        let analyzer = ToneAnalyzer()
        report("tone", texts.rate { analyzer.tone(of: $0).score }, "texts/s")
        let linker = SymbolLinker()
        report("linking", texts.rate { Double(linker.symbols(in: $0).count) }, "texts/s")
        guard let path = ProcessInfo.processInfo.environment["FINBERT_PATH"] else { return }
        let model = try FinBERT(folder: URL(fileURLWithPath: path))
        let text = texts.prefix(12).joined(separator: " ").split(separator: " ").prefix(40).joined(separator: " ")
        let tokens = model.tokens(of: text).count
        var best = Double.infinity
        for _ in 0..<8 {
            best = min(best, ContinuousClock().measure { _ = model.logits(of: text) }.milliseconds)
        }
        report("finbert_\(tokens)_tokens", best, "ms")
    }
}

extension [String] {
    /// How many of these texts a second are worked on, in the best of twenty rounds.
    fileprivate func rate(_ work: (String) -> Double) -> Double {
        var best = Double.infinity
        var sum = 0.0
        for _ in 0..<20 {
            let took = ContinuousClock().measure { for text in self { sum += work(text) } }
            best = Swift.min(best, took.nanoseconds)
        }
        return sum.isNaN ? 0 : Double(count) / best * 1e9
    }
}
