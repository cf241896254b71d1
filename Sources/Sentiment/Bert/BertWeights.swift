import CKernels

/// A matrix of weights where the file holds it, one output a row.
struct BertMatrix: Sendable {
    let weights: BertNumbers
    let outputs: Int
    let inputs: Int
}

/// Numbers of a checkpoint: in place in the mapped file, or copied where they lie at an address that does not suit them.
struct BertNumbers: @unchecked Sendable {
    // The memory is read-only and lives as long as `owner`.
    let start: UnsafeRawPointer
    let kind: vigia_number
    let count: Int
    private let owner: AnyObject

    var size: Int { kind == VIGIA_F32 ? 4 : 2 }

    init(_ bytes: UnsafeRawBufferPointer, kind: vigia_number, owner: AnyObject) {
        self.kind = kind
        let size = kind == VIGIA_F32 ? 4 : 2
        count = bytes.count / size
        if let address = bytes.baseAddress, Int(bitPattern: address) % size == 0 {
            start = address
            self.owner = owner
        } else {
            let copy = Copy(bytes)
            start = UnsafeRawPointer(copy.bytes.baseAddress!)
            self.owner = copy
        }
    }

    private final class Copy {
        let bytes: UnsafeMutableRawBufferPointer
        init(_ source: UnsafeRawBufferPointer) {
            bytes = .allocate(byteCount: max(source.count, 1), alignment: 16)
            if source.count > 0 { bytes.copyMemory(from: source) }
        }
        deinit { bytes.deallocate() }
    }

    /// As floats, in a copy.
    var floats: [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            if let target = buffer.baseAddress { vigia_widen(start, kind, count, target) }
            filled = count
        }
    }
}

/// Takes tensors out of a checkpoint by the names that Hugging Face gives them, and checks their shapes.
struct BertWeightReader {
    let tensors: SafeTensors
    let file: String

    func matrix(_ name: String, _ outputs: Int, _ inputs: Int) throws(CheckpointError) -> BertMatrix {
        BertMatrix(weights: try numbers([name], shape: [outputs, inputs]), outputs: outputs, inputs: inputs)
    }

    /// A vector under its name; older checkpoints call the scale of a normalisation gamma and its shift beta.
    func vector(_ name: String, _ count: Int, formerly: String? = nil) throws(CheckpointError) -> [Float] {
        try numbers([name, formerly].compactMap { $0 }, shape: [count]).floats
    }

    /// Outputs of the classifier on top, as the file has them.
    func classes() throws(CheckpointError) -> Int {
        guard let tensor = tensor("classifier.weight"), tensor.shape.count == 2, tensor.shape[0] > 0 else {
            throw .malformed(file: file, reason: "no classifier.weight")
        }
        return tensor.shape[0]
    }

    /// Bodies may be saved with and without the name of the model in front.
    private func tensor(_ name: String) -> SafeTensors.Tensor? {
        tensors.tensors[name] ?? tensors.tensors["bert." + name]
    }

    private func numbers(_ names: [String], shape: [Int]) throws(CheckpointError) -> BertNumbers {
        guard let name = names.first(where: { tensor($0) != nil }), let tensor = tensor(name) else {
            throw .malformed(file: file, reason: "no \(names[0])")
        }
        guard tensor.shape == shape else {
            throw .malformed(file: file, reason: "\(name) has shape \(tensor.shape), not \(shape)")
        }
        let kind: vigia_number
        switch tensor.number {
        case .f32: kind = VIGIA_F32
        case .f16: kind = VIGIA_F16
        case .bf16: kind = VIGIA_BF16
        default: throw .unsupported(file: file, reason: "\(name) of type \(tensor.number.rawValue)")
        }
        let bytes = UnsafeRawBufferPointer(rebasing: tensors.file.bytes[tensor.range])
        return BertNumbers(bytes, kind: kind, owner: tensors.file)
    }
}
