import Foundation

/// Shape of a BERT checkpoint, from its `config.json`.
struct BertConfiguration: Sendable {
    enum Activation: String, Sendable {
        /// With the error function.
        case gelu
        /// With the hyperbolic tangent, under the two names it goes by.
        case geluTanh
    }

    var hidden: Int
    var layers: Int
    var heads: Int
    var intermediate: Int
    var positions: Int
    var vocabulary: Int
    var types: Int
    var epsilon: Float
    var activation: Activation
    /// Names of the classes by number; empty where the file has none.
    var labels: [Int: String]

    init(json: Data, name: String = "config.json") throws(CheckpointError) {
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: json) } catch {
            throw .malformed(file: name, reason: "no configuration of a BERT model")
        }
        func refuse(_ reason: String) -> CheckpointError { .unsupported(file: name, reason: reason) }
        if let type = file.modelType, type != "bert" { throw refuse("model type \(type.debugDescription)") }
        if let kind = file.positions, kind != "absolute" { throw refuse("position embedding \(kind.debugDescription)") }
        switch file.activation ?? "gelu" {
        case "gelu": activation = .gelu
        case "gelu_new", "gelu_pytorch_tanh": activation = .geluTanh
        case let other: throw refuse("activation \(other.debugDescription)")
        }
        hidden = file.hidden
        layers = file.layers
        heads = file.heads
        intermediate = file.intermediate
        positions = file.longest ?? 512
        vocabulary = file.vocabulary
        types = file.types ?? 2
        epsilon = Float(file.epsilon ?? 1e-12)
        // Two spellings of one number ("1", "01") name no class.
        let named = (file.labels ?? [:]).compactMap { key, label in Int(key).map { ($0, label) } }
        guard Set(named.map(\.0)).count == named.count else {
            throw .malformed(file: name, reason: "a class named twice")
        }
        labels = Dictionary(named) { first, _ in first }
        let sizes = [hidden, heads, intermediate, positions, vocabulary, types]
        guard sizes.allSatisfy({ (1...10_000_000).contains($0) }), (0...1000).contains(layers), hidden % heads == 0,
            hidden <= 65_536, intermediate <= 1_048_576, positions >= 3, positions <= 65_536, epsilon >= 0
        else { throw .malformed(file: name, reason: "impossible sizes") }
    }

    private struct File: Decodable {
        var hidden: Int
        var layers: Int
        var heads: Int
        var intermediate: Int
        var vocabulary: Int
        var longest: Int?
        var types: Int?
        var epsilon: Double?
        var activation: String?
        var modelType: String?
        var positions: String?
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey {
            case hidden = "hidden_size"
            case layers = "num_hidden_layers"
            case heads = "num_attention_heads"
            case intermediate = "intermediate_size"
            case vocabulary = "vocab_size"
            case longest = "max_position_embeddings"
            case types = "type_vocab_size"
            case epsilon = "layer_norm_eps"
            case activation = "hidden_act"
            case modelType = "model_type"
            case positions = "position_embedding_type"
            case labels = "id2label"
        }
    }
}
