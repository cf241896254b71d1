import CKernels
import Foundation
import Support
import Testing
import Turns

@testable import Sentiment

/// Expected logits were made apart from the product by `reference.py` beside this file.
@Suite("BERT encoder", .oneAtATime, .serialized)
struct BertTests {
    private static let tokens = [2, 5, 9, 30, 17, 39, 11, 4, 8, 21, 3]
    private static let reference: [(kind: String, logits: [Float])] = [
        ("F32", [0.03847473859786987, 0.04958987981081009, 0.04850827157497406]),
        ("F16", [0.03853994607925415, 0.0495665967464447, 0.04847745597362518]),
        ("BF16", [0.038088202476501465, 0.04934262856841087, 0.04933018982410431]),
    ]
    private static let json = """
        {"model_type": "bert", "vocab_size": 40, "hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 33, "max_position_embeddings": 16, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        "id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}
        """

    private static let shapes: [(name: String, shape: [Int])] = {
        var shapes: [(String, [Int])] = [
            ("bert.embeddings.word_embeddings.weight", [40, 20]),
            ("bert.embeddings.position_embeddings.weight", [16, 20]),
            ("bert.embeddings.token_type_embeddings.weight", [2, 20]), ("bert.pooler.dense.weight", [20, 20]),
            ("bert.pooler.dense.bias", [20]), ("classifier.weight", [3, 20]), ("classifier.bias", [3]),
        ]
        var norms = ["bert.embeddings.LayerNorm"]
        for layer in 0..<2 {
            let name = "bert.encoder.layer.\(layer)."
            for part in [
                "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
            ] {
                shapes += [(name + part + ".weight", [20, 20]), (name + part + ".bias", [20])]
            }
            shapes += [(name + "intermediate.dense.weight", [33, 20]), (name + "intermediate.dense.bias", [33])]
            shapes += [(name + "output.dense.weight", [20, 33]), (name + "output.dense.bias", [20])]
            norms += [name + "attention.output.LayerNorm", name + "output.LayerNorm"]
        }
        for norm in norms { shapes += [(norm + ".weight", [20]), (norm + ".bias", [20])] }
        return shapes.sorted { $0.0 < $1.0 }
    }()

    /// The checkpoint that `reference.py` fills in the same way; `padding` moves the numbers to uneven addresses.
    private static func checkpoint(_ kind: String, padding: Int = 0) -> [UInt8] {
        var data: [UInt8] = []
        var entries: [String] = []
        for (number, tensor) in shapes.enumerated() {
            let begin = data.count
            for index in 0..<tensor.shape.reduce(1, *) {
                let isScale = tensor.name.hasSuffix("LayerNorm.weight")
                let value = Float(Double((index * 37 + number * 11) % 101 - 50) / 400 + (isScale ? 1 : 0))
                switch kind {
                case "F16": data += bytes(Float16(value).bitPattern)
                case "BF16":
                    // Rounds to the nearest, ties to even.
                    let bits = value.bitPattern
                    data += bytes(UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16))
                default: data += bytes(value.bitPattern)
                }
            }
            entries.append(
                "\"\(tensor.name)\":{\"dtype\":\"\(kind)\",\"shape\":\(tensor.shape),\"data_offsets\":[\(begin),\(data.count)]}"
            )
        }
        let header = "{" + entries.joined(separator: ",") + "}" + String(repeating: " ", count: padding)
        return SafeTensorsTests.file(header) + data
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    private static func folder(_ kind: String, padding: Int = 0) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "bert-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(checkpoint(kind, padding: padding)).write(to: folder.appending(path: "model.safetensors"))
        try Data(json.utf8).write(to: folder.appending(path: "config.json"))
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (5..<40).map { "w\($0)" }
        try Data(words.joined(separator: "\n").utf8).write(to: folder.appending(path: "vocab.txt"))
        return folder
    }

    private static func encoder(_ folder: URL) throws -> BertEncoder {
        try BertEncoder(
            configuration: BertConfiguration(json: Data(json.utf8)),
            tensors: SafeTensors(path: folder.appending(path: "model.safetensors").path))
    }

    @Test(
        "logits are those of transformers, with numbers of 32 and 16 bits, at any address, by both kinds of kernel",
        arguments: [0, 1, 2, 3], [false, true])
    func logits(padding: Int, usesBaseline: Bool) throws {
        vigia_kernels_use_baseline(usesBaseline ? 1 : 0)
        defer { vigia_kernels_use_baseline(0) }
        for (kind, expected) in Self.reference {
            let folder = try Self.folder(kind, padding: padding)
            defer { try? FileManager.default.removeItem(at: folder) }
            let logits = try #require(try Self.encoder(folder).logits(of: Self.tokens))
            for (ours, theirs) in zip(logits, expected) { #expect(abs(ours - theirs) < 1e-5, "\(kind) \(logits)") }
        }
    }

    @Test("tokens beyond the vocabulary, too many and none have no logits")
    func refused() throws {
        let folder = try Self.folder("F32")
        defer { try? FileManager.default.removeItem(at: folder) }
        let encoder = try Self.encoder(folder)
        #expect(encoder.logits(of: []) == nil)
        #expect(encoder.logits(of: [2, 40]) == nil)
        #expect(encoder.logits(of: [2, -1]) == nil)
        #expect(encoder.logits(of: [Int](repeating: 2, count: 17)) == nil)
        #expect(encoder.logits(of: [Int](repeating: 2, count: 16)) != nil)
    }

    @Test("a checkpoint folder gives a tone; text beyond its length is not read")
    func folder() throws {
        let folder = try Self.folder("F32")
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = try FinBERT(folder: folder)
        #expect(model.tokens(of: "W5 w9, zz") == [2, 5, 9, 1, 1, 3])
        #expect(model.tokens(of: String(repeating: "w5 ", count: 90)).count == 16)
        let logits = model.logits(of: "w5 w9").map { exp(Double($0)) }
        #expect(abs(model.tone(of: "w5 w9") - (logits[0] - logits[1]) / logits.reduce(0, +)) < 1e-9)
        #expect(ToneAnalyzer(finbert: model).tone(of: "w5").finbert != nil)
    }

    @Test(
        "configurations of other models are refused",
        arguments: [
            ("\"bert\"", "\"roberta\""), ("\"gelu\"", "\"relu6\""), ("\"hidden_size\": 20", "\"hidden_size\": 21"),
            ("\"hidden_size\": 20", "\"hidden_size\": 24"), ("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"),
            ("\"num_attention_heads\": 4", "\"num_attention_heads\": 0"), ("LABEL_0", "sports"), ("{", ""),
            ("\"vocab_size\": 40", "\"vocab_size\": -1"), ("\"vocab_size\": 40", "\"vocab_size\": 39"),
        ])
    func configuration(old: String, new: String) throws {
        let folder = try Self.folder("F32")
        defer { try? FileManager.default.removeItem(at: folder) }
        let json = Self.json.replacingOccurrences(of: old, with: new)
        try Data(json.utf8).write(to: folder.appending(path: "config.json"))
        #expect(throws: CheckpointError.self) { try FinBERT(folder: folder) }
    }

    @Test("GELU by both kernels is within 1e-6 of the formula")
    func gelu() {
        let values = stride(from: Float(-12), through: 12, by: 0.0137).map { $0 }
        for usesBaseline in [false, true] {
            vigia_kernels_use_baseline(usesBaseline ? 1 : 0)
            var ours = values
            vigia_gelu(&ours, ours.count)
            for (x, y) in zip(values, ours) {
                let exact = Double(x) / 2 * (1 + erf(Double(x) / 2.0.squareRoot()))
                #expect(abs(Double(y) - exact) < 1e-6, "\(x)")
            }
        }
        vigia_kernels_use_baseline(0)
    }
}
