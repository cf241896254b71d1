import Foundation
import Support
import Testing
import Turns

@testable import Sentiment

@Suite("safetensors files", .oneAtATime)
struct SafeTensorsTests {
    static func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        let size = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * UInt64($0))) } + Array(header.utf8)
            + [UInt8](repeating: 1, count: data)
    }

    private func read(_ bytes: [UInt8]) throws(CheckpointError) -> [String: SafeTensors.Tensor] {
        do {
            return try bytes.withUnsafeBytes { try SafeTensors.tensors(in: $0, name: "x") }
        } catch let error as CheckpointError { throw error } catch { throw .malformed(file: "x", reason: "\(error)") }
    }

    @Test("tensors are found where the header says")
    func good() throws {
        let header =
            #"{"b":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},"__metadata__":{"format":"pt"},"#
            + #""a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#
        let tensors = try read(Self.file(header, data: 14))
        let begin = 8 + header.utf8.count
        #expect(tensors["a"]?.range == begin..<begin + 8)
        #expect(tensors["b"]?.shape == [3])
        #expect(tensors["__metadata__"] == nil)
    }

    @Test(
        "a header that does not fit the file is refused",
        arguments: [
            ("", 0, nil), ("{", 0, nil), ("[]", 0, nil), ("{}", 1, nil), ("{}", 0, UInt64.max), ("{}", 0, 1 << 62),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, nil),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, nil),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}"#, 8, nil),
            (#"{"a":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[2]}}"#, 8, nil), (#"{"a":7}"#, 8, nil),
            (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, nil),
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                8, nil
            ),
        ] as [(String, Int, UInt64?)])
    func hostile(header: String, data: Int, length: UInt64?) {
        #expect(throws: CheckpointError.self) { try read(Self.file(header, data: data, length: length)) }
    }

    @Test("no mutation of a file is read beyond its end")
    func mutation() {
        let header =
            #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}"#
        let good = Self.file(header, data: 20)
        var random = SteadyRandom(seed: 11)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            guard let tensors = try? read(bytes) else { continue }
            for tensor in tensors.values {
                #expect(tensor.range.lowerBound >= 8 && tensor.range.upperBound <= bytes.count)
                #expect(tensor.range.count == tensor.shape.reduce(tensor.number.size, *))
            }
        }
    }

    @Test("a folder, an empty and a missing file are refused in words")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory
        #expect(throws: CheckpointError.self) { try SafeTensors(path: folder.path) }
        #expect(throws: CheckpointError.self) { try SafeTensors(path: folder.path + "/none") }
        #expect(throws: CheckpointError.self) { try FinBERT(folder: folder.appending(path: "none")) }
    }
}
