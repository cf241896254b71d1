package import Foundation

/// Tone of a text by a BERT checkpoint that sorts into positive, negative and neutral, such as FinBERT (D. Araci, 2019).
///
/// A text takes a model of the base size about a tenth of a second and more on the calling thread: call it where waiting
/// hurts nobody.
package final class FinBERT: Sendable {
    private let encoder: BertEncoder
    private let tokenizer: WordPieceTokenizer
    private let positive: Int
    private let negative: Int

    /// Opens a Hugging Face checkpoint folder: `config.json`, `vocab.txt`, `model.safetensors` with numbers of 16 or 32
    /// bits and, where it is there, `tokenizer_config.json` (for `do_lower_case`). Classes are told by their names; where
    /// three classes have none, they are positive, negative and neutral in FinBERT's order.
    package init(folder: URL) throws(CheckpointError) {
        let json = try Self.read("config.json", in: folder)
        let configuration = try BertConfiguration(json: json)
        let lowercases: Bool
        if let file = try? Data(contentsOf: folder.appending(path: "tokenizer_config.json")) {
            lowercases = (try? JSONDecoder().decode(TokenizerFile.self, from: file))?.lowercases ?? true
        } else {
            lowercases = true
        }
        let words = String(decoding: try Self.read("vocab.txt", in: folder), as: UTF8.self)
        tokenizer = try WordPieceTokenizer(vocabulary: words, lowercases: lowercases)
        guard tokenizer.count <= configuration.vocabulary else {
            throw .malformed(file: "vocab.txt", reason: "more pieces than the model knows")
        }
        let tensors = try SafeTensors(path: folder.appending(path: "model.safetensors").path)
        encoder = try BertEncoder(configuration: configuration, tensors: tensors)
        (positive, negative) = try Self.classes(configuration.labels, count: encoder.classes)
    }

    /// P(positive) − P(negative), −1 to 1; what goes to neutral counts 0. Text beyond the model's length is not read.
    package func tone(of text: String) -> Double {
        let logits = logits(of: text).map(Double.init)
        guard let top = logits.max(), top.isFinite else { return 0 }
        let weights = logits.map { exp($0 - top) }
        return (weights[positive] - weights[negative]) / weights.reduce(0, +)
    }

    /// What the classifier says of each class, before it becomes probabilities.
    package func logits(of text: String) -> [Float] {
        // There are always two tokens, within the model's length and vocabulary.
        encoder.logits(of: tokens(of: text)) ?? [Float](repeating: 0, count: encoder.classes)
    }

    /// The numbers of the text's pieces, with the marks at both ends.
    package func tokens(of text: String) -> [Int] {
        tokenizer.tokens(of: text, limit: encoder.configuration.positions)
    }

    private static func read(_ name: String, in folder: URL) throws(CheckpointError) -> Data {
        do { return try Data(contentsOf: folder.appending(path: name)) } catch {
            throw .unreadable(file: name, reason: "no such file in \(folder.path), or not allowed")
        }
    }

    private static func classes(_ labels: [Int: String], count: Int) throws(CheckpointError) -> (Int, Int) {
        func number(of beginning: String) -> Int? {
            labels.first { (0..<count).contains($0.key) && $0.value.lowercased().hasPrefix(beginning) }?.key
        }
        if let positive = number(of: "pos"), let negative = number(of: "neg") { return (positive, negative) }
        let unnamed = labels.isEmpty || labels.allSatisfy { $0.value == "LABEL_\($0.key)" }
        guard unnamed, count == 3 else {
            throw .unsupported(file: "config.json", reason: "classes that are not positive, negative and neutral")
        }
        return (0, 1)
    }

    private struct TokenizerFile: Decodable {
        var lowercases: Bool?
        enum CodingKeys: String, CodingKey { case lowercases = "do_lower_case" }
    }
}
