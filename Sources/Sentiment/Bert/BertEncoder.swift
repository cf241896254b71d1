import CKernels
import Foundation

/// A BERT encoder with a classifier on top, as in J. Devlin et al., "BERT: Pre-training of Deep Bidirectional
/// Transformers", 2019: embeddings, layers of self-attention and feed-forward each with a residual and a layer
/// normalisation, a pooled first token, a linear classifier.
///
/// Weights stay where the file is mapped, in the precision they have there; sums are made in 32-bit floats. One text at a
/// time on the calling thread; several threads may share one encoder.
final class BertEncoder: Sendable {
    private struct Linear: Sendable {
        var matrix: BertMatrix
        var bias: [Float]
    }

    private struct Normalization: Sendable {
        var scale: [Float]
        var shift: [Float]
    }

    private struct Layer: Sendable {
        var query: Linear
        var key: Linear
        var value: Linear
        var attention: Linear
        var attentionNorm: Normalization
        var intermediate: Linear
        var output: Linear
        var outputNorm: Normalization
    }

    let configuration: BertConfiguration
    let classes: Int
    private let words: BertMatrix
    private let positions: BertMatrix
    private let types: BertMatrix
    private let embeddingNorm: Normalization
    private let layers: [Layer]
    private let pooler: Linear
    private let classifier: Linear

    init(configuration: BertConfiguration, tensors: SafeTensors, file: String = "model.safetensors")
        throws(CheckpointError)
    {
        let reader = BertWeightReader(tensors: tensors, file: file)
        let size = configuration
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws(CheckpointError) -> Linear {
            Linear(
                matrix: try reader.matrix(name + ".weight", outputs, inputs),
                bias: try reader.vector(name + ".bias", outputs))
        }
        func normalization(_ name: String) throws(CheckpointError) -> Normalization {
            Normalization(
                scale: try reader.vector(name + ".weight", size.hidden, formerly: name + ".gamma"),
                shift: try reader.vector(name + ".bias", size.hidden, formerly: name + ".beta"))
        }
        let embeddings = "embeddings."
        words = try reader.matrix(embeddings + "word_embeddings.weight", size.vocabulary, size.hidden)
        positions = try reader.matrix(embeddings + "position_embeddings.weight", size.positions, size.hidden)
        types = try reader.matrix(embeddings + "token_type_embeddings.weight", size.types, size.hidden)
        embeddingNorm = try normalization(embeddings + "LayerNorm")
        var layers: [Layer] = []
        for number in 0..<size.layers {
            let name = "encoder.layer.\(number)."
            layers.append(
                Layer(
                    query: try linear(name + "attention.self.query", size.hidden, size.hidden),
                    key: try linear(name + "attention.self.key", size.hidden, size.hidden),
                    value: try linear(name + "attention.self.value", size.hidden, size.hidden),
                    attention: try linear(name + "attention.output.dense", size.hidden, size.hidden),
                    attentionNorm: try normalization(name + "attention.output.LayerNorm"),
                    intermediate: try linear(name + "intermediate.dense", size.intermediate, size.hidden),
                    output: try linear(name + "output.dense", size.hidden, size.intermediate),
                    outputNorm: try normalization(name + "output.LayerNorm")))
        }
        self.layers = layers
        pooler = try linear("pooler.dense", size.hidden, size.hidden)
        classes = try reader.classes()
        classifier = try linear("classifier", classes, size.hidden)
        self.configuration = size
    }

    /// One number a class for a text of at most `configuration.positions` tokens, all of the first type. Numbers beyond
    /// the vocabulary and an empty text have no logits.
    func logits(of tokens: [Int]) -> [Float]? {
        guard !tokens.isEmpty, tokens.count <= configuration.positions,
            tokens.allSatisfy({ (0..<words.outputs).contains($0) })
        else { return nil }
        let count = tokens.count
        var x = embedded(tokens)
        var (query, key, value, mixed, added) = (zeros(count), zeros(count), zeros(count), zeros(count), zeros(count))
        var inner = [Float](repeating: 0, count: count * configuration.intermediate)
        var scratch = [Float](repeating: 0, count: count * count)
        let width = configuration.hidden / configuration.heads
        for layer in layers {
            apply(layer.query, to: x, rows: count, into: &query)
            apply(layer.key, to: x, rows: count, into: &key)
            apply(layer.value, to: x, rows: count, into: &value)
            vigia_attention(query, key, value, count, configuration.heads, width, &scratch, &mixed)
            apply(layer.attention, to: mixed, rows: count, into: &added)
            normalize(&x, adding: added, rows: count, by: layer.attentionNorm)
            apply(layer.intermediate, to: x, rows: count, into: &inner)
            switch configuration.activation {
            case .gelu: vigia_gelu(&inner, inner.count)
            case .geluTanh: vigia_gelu_tanh(&inner, inner.count)
            }
            apply(layer.output, to: inner, rows: count, into: &added)
            normalize(&x, adding: added, rows: count, by: layer.outputNorm)
        }
        var pooled = [Float](repeating: 0, count: configuration.hidden)
        apply(pooler, to: x, rows: 1, into: &pooled)
        for index in pooled.indices { pooled[index] = Self.tanh(pooled[index]) }
        var logits = [Float](repeating: 0, count: classes)
        apply(classifier, to: pooled, rows: 1, into: &logits)
        return logits
    }

    private func embedded(_ tokens: [Int]) -> [Float] {
        let hidden = configuration.hidden
        var x = zeros(tokens.count)
        x.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            for (position, token) in tokens.enumerated() {
                let row = start + position * hidden
                for (matrix, index) in [(words, token), (types, 0), (positions, position)] {
                    let numbers = matrix.weights
                    vigia_accumulate(numbers.start + index * hidden * numbers.size, numbers.kind, hidden, row)
                }
            }
            vigia_add_and_normalize(
                start, nil, tokens.count, hidden, embeddingNorm.scale, embeddingNorm.shift, configuration.epsilon)
        }
        return x
    }

    private func zeros(_ rows: Int) -> [Float] { [Float](repeating: 0, count: rows * configuration.hidden) }

    private func apply(_ linear: Linear, to x: [Float], rows: Int, into y: inout [Float]) {
        let matrix = linear.matrix
        vigia_linear(x, rows, matrix.inputs, matrix.weights.start, matrix.weights.kind, linear.bias, matrix.outputs, &y)
    }

    private func normalize(_ x: inout [Float], adding added: [Float], rows: Int, by norm: Normalization) {
        vigia_add_and_normalize(&x, added, rows, configuration.hidden, norm.scale, norm.shift, configuration.epsilon)
    }
}

extension BertEncoder {
    /// Hyperbolic tangent, exact to the last digits of a float.
    private static func tanh(_ value: Float) -> Float { Float(Foundation.tanh(Double(value))) }
}
