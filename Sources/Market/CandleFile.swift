import CZlib
import Foundation

/// Candles as CSV, plain or gzipped: header `open_time,open,high,low,close,volume`, `open_time` in Unix ms.
package enum CandleFile {
    package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(String)
        case wrongHeader(String)
        case badLine(number: Int, reason: String)

        package var description: String {
            switch self {
            case .unreadable(let path): "cannot read \(path)"
            case .wrongHeader(let header):
                "expected the header open_time,open,high,low,close,volume, found \(header.prefix(80))"
            case .badLine(let number, let reason): "line \(number): \(reason)"
            }
        }
    }

    /// Reads a file and checks every line: six fields, times rising, prices valid. An empty volume reads as 0.
    package static func read(path: String) throws(Failure) -> [Candle] { try parse(contents(path: path)) }

    /// Bytes of a file, inflated if they are gzip: of at most 1 GiB.
    package static func contents(path: String) throws(Failure) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path) }
        let bytes = [UInt8](data)
        guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
        guard let inflated = inflated(bytes) else { throw .unreadable(path) }
        return inflated
    }

    package static func parse(_ bytes: [UInt8]) throws(Failure) -> [Candle] {
        var candles: [Candle] = []
        candles.reserveCapacity(bytes.count / 60)
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            var line = line
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if number == 1 {
                let header = String(decoding: line, as: UTF8.self).replacing("\u{feff}", with: "")
                guard header == "open_time,open,high,low,close,volume" else { throw .wrongHeader(header) }
                continue
            }
            if line.isEmpty { continue }
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard fields.count == 6 else {
                throw .badLine(number: number, reason: "expected 6 fields, found \(fields.count)")
            }
            guard let openTime = Int64(String(decoding: fields[0], as: UTF8.self)) else {
                throw .badLine(number: number, reason: "open_time is not a whole number")
            }
            var values: [Double] = []
            for (index, field) in fields[1...].enumerated() {
                if index == 4, field.isEmpty {
                    values.append(0)
                    continue
                }
                guard let value = Double(String(decoding: field, as: UTF8.self)) else {
                    throw .badLine(number: number, reason: "field \(index + 2) is not a number")
                }
                values.append(value)
            }
            let candle = Candle(
                openTime: Timestamp(milliseconds: openTime), open: values[0], high: values[1], low: values[2],
                close: values[3], volume: values[4])
            if let defect = candle.defect { throw .badLine(number: number, reason: defect.rawValue) }
            if let last = candles.last, last.openTime >= candle.openTime {
                throw .badLine(number: number, reason: "open_time does not rise")
            }
            candles.append(candle)
        }
        guard number > 0 else { throw .wrongHeader("") }
        return candles
    }

    /// The commonest step between open times, as a timeframe; `nil` for fewer than two candles or an unknown step.
    package static func timeframe(of candles: [Candle]) -> Timeframe? {
        var counts: [Int64: Int] = [:]
        for (a, b) in zip(candles, candles.dropFirst()) {
            counts[b.openTime.milliseconds - a.openTime.milliseconds, default: 0] += 1
        }
        let step = counts.max { $0.value == $1.value ? $0.key > $1.key : $0.value < $1.value }?.key
        return Timeframe.allCases.first { $0.span.milliseconds == step }
    }

    package static let header = "open_time,open,high,low,close,volume"

    package static func line(_ candle: Candle) -> String {
        let fields = [candle.open, candle.high, candle.low, candle.close, candle.volume].map(Decimals.plain)
        return "\(candle.openTime.milliseconds)," + fields.joined(separator: ",")
    }

    private static func inflated(_ input: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 16 added to the window size asks zlib for the gzip format.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
        defer { inflateEnd(&stream) }
        var input = input
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        let limit = 1 << 30
        return input.withUnsafeMutableBufferPointer { source -> [UInt8]? in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            while true {
                let (status, written) = chunk.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    return (status, target.count - Int(stream.avail_out))
                }
                output.append(contentsOf: chunk[..<written])
                guard output.count <= limit else { return nil }
                if status == Z_STREAM_END {
                    // Several gzip members may stand in one file.
                    guard stream.avail_in > 0 else { return output }
                    guard inflateReset(&stream) == Z_OK else { return nil }
                } else if status != Z_OK {
                    return nil
                }
            }
        }
    }
}
