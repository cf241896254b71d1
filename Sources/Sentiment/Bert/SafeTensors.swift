import Foundation

/// Named arrays of a `.safetensors` file: eight bytes of header length, a JSON header, then the numbers.
///
/// Everything the header says is checked against the file before a tensor is handed out: ranges lie inside, touch without
/// gap or overlap, fill the file and have the size that type and shape ask for. Format:
/// https://github.com/huggingface/safetensors
struct SafeTensors: Sendable {
    enum Number: String, Sendable {
        case f64 = "F64"
        case f32 = "F32"
        case f16 = "F16"
        case bf16 = "BF16"
        case i64 = "I64"
        case i32 = "I32"
        case i16 = "I16"
        case i8 = "I8"
        case u64 = "U64"
        case u32 = "U32"
        case u16 = "U16"
        case u8 = "U8"
        case bool = "BOOL"

        var size: Int {
            switch self {
            case .f64, .i64, .u64: 8
            case .f32, .i32, .u32: 4
            case .f16, .bf16, .i16, .u16: 2
            case .i8, .u8, .bool: 1
            }
        }
    }

    struct Tensor: Sendable {
        var number: Number
        var shape: [Int]
        /// Where its bytes lie in the file.
        var range: Range<Int>
    }

    /// The format's own limit.
    static let longestHeader = 100_000_000

    let file: MappedFile
    let tensors: [String: Tensor]

    init(path: String, name: String = "model.safetensors") throws(CheckpointError) {
        let file = try MappedFile(path: path, name: name)
        self.file = file
        tensors = try Self.tensors(in: file.bytes, name: name)
    }

    /// The tensors that a file of these bytes holds, by name.
    static func tensors(in bytes: UnsafeRawBufferPointer, name: String) throws(CheckpointError) -> [String: Tensor] {
        func damaged(_ reason: String) -> CheckpointError { .malformed(file: name, reason: reason) }
        guard bytes.count >= 8 else { throw damaged("shorter than its header length") }
        let length = bytes.loadUnaligned(as: UInt64.self).littleEndian
        guard length <= UInt64(min(longestHeader, bytes.count - 8)) else {
            throw damaged("header longer than the file")
        }
        let header = bytes[8..<8 + Int(length)]
        let begin = 8 + Int(length)
        let entries: [String: Entry]
        do { entries = try JSONDecoder().decode([String: Entry].self, from: Data(header)) } catch {
            throw damaged("header is no table of tensors")
        }
        var tensors: [String: Tensor] = [:]
        for (tensor, entry) in entries where tensor != "__metadata__" {
            guard let type = entry.dtype, let shape = entry.shape, let offsets = entry.offsets, offsets.count == 2
            else {
                throw damaged("\(tensor.debugDescription) lacks dtype, shape or data_offsets")
            }
            guard let number = Number(rawValue: type) else {
                throw .unsupported(file: name, reason: "numbers of type \(type.debugDescription)")
            }
            var size = number.size
            for side in shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: side)
                guard side >= 0, !overflow else { throw damaged("impossible shape of \(tensor.debugDescription)") }
                size = product
            }
            guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= bytes.count - begin,
                offsets[1] - offsets[0] == size
            else { throw damaged("range and shape of \(tensor.debugDescription) disagree") }
            tensors[tensor] = Tensor(
                number: number, shape: shape, range: begin + offsets[0]..<begin + offsets[1])
        }
        var end = begin
        for tensor in tensors.values.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard tensor.range.lowerBound == end else { throw damaged("tensors overlap or leave a gap") }
            end = tensor.range.upperBound
        }
        guard end == bytes.count else { throw damaged("bytes behind the last tensor") }
        return tensors
    }

    /// A header entry, which is also `__metadata__`, a table of strings.
    private struct Entry: Decodable {
        var dtype: String?
        var shape: [Int]?
        var offsets: [Int]?

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }
}
