import Foundation

/// Parameters of a call, sent as JSON, as a form, as multipart, or in the query: the Bot API takes all four.
///
/// Unchecked, because the values are what `JSONSerialization` made and nobody changes them after `init`.
struct FakeTelegramParameters: @unchecked Sendable {
    private var values: [String: Any] = [:]
    /// Names of those that came as JSON and have a type; others are text that must be read.
    private var typed: Set<String> = []
    /// Names of the files.
    private(set) var files: Set<String> = []
    private(set) var document: FakeTelegramJournal.Document?

    init(_ request: LoopbackRequest) {
        values = request.query
        let kind = request.header("content-type") ?? ""
        if kind.hasPrefix("application/json") {
            let object = try? JSONSerialization.jsonObject(with: Data(request.body))
            for (name, value) in object as? [String: Any] ?? [:] where !(value is NSNull) {
                values[name] = value
                typed.insert(name)
            }
        } else if kind.hasPrefix("multipart/form-data"), let boundary = kind.split(separator: "boundary=").last {
            readMultipart(request.body, boundary: boundary.filter { $0 != "\"" })
        } else {
            for (name, value) in LoopbackRequest.form(request.text) { values[name] = value }
        }
    }

    var names: Set<String> { files.union(values.keys) }

    /// Whether the value is of the type that the specification names.
    func fits(_ name: String, _ type: String) -> Bool {
        guard let value = values[name] else { return false }
        if typed.contains(name) { return FakeTelegramSpecification.fits(value, type) }
        guard let text = value as? String else { return false }
        switch type {
        case "Text", "File": return true
        case "Int": return Int64(text) != nil
        case "Number": return Double(text) != nil
        case "Bool": return ["true", "false", "True", "False", "1", "0"].contains(text)
        default: return structure(name).map { FakeTelegramSpecification.fits($0, type) } ?? false
        }
    }

    func string(_ name: String) -> String? {
        switch values[name] {
        case let text as String: text
        case let number as NSNumber: number.stringValue
        default: nil
        }
    }

    func integer(_ name: String) -> Int64? {
        switch values[name] {
        case let text as String: Int64(text)
        case let number as NSNumber: number.int64Value
        default: nil
        }
    }

    func flag(_ name: String) -> Bool {
        switch values[name] {
        case let text as String: text == "true" || text == "True" || text == "1"
        case let number as NSNumber: number.boolValue
        default: false
        }
    }

    func object(_ name: String) -> [String: Any]? { structure(name) as? [String: Any] }
    func list(_ name: String) -> [Any]? { structure(name) as? [Any] }

    /// A form spells structures as JSON in a string.
    private func structure(_ name: String) -> Any? {
        guard let text = values[name] as? String else { return values[name] }
        return try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    private mutating func readMultipart(_ body: [UInt8], boundary: String) {
        let delimiter = Array("--\(boundary)".utf8)
        let lineEnd: [UInt8] = [13, 10]
        let pieces = body.split(separator: delimiter)
        for piece in pieces {
            guard piece.starts(with: lineEnd), let headEnd = piece.firstRange(of: lineEnd + lineEnd) else { continue }
            let head = String(decoding: piece[..<headEnd.lowerBound], as: UTF8.self)
            let content = Array(piece[headEnd.upperBound...].dropLast(2))
            guard let name = attribute("name", in: head) else { continue }
            if let file = attribute("filename", in: head) {
                files.insert(name)
                document = FakeTelegramJournal.Document(name: file, content: content)
            } else {
                values[name] = String(decoding: content, as: UTF8.self)
            }
        }
    }

    private func attribute(_ name: String, in head: String) -> String? {
        let halves = head.split(separator: " \(name)=\"", maxSplits: 1, omittingEmptySubsequences: false)
        return halves.count == 2 ? String(halves[1].prefix { $0 != "\"" }) : nil
    }
}

/// JSON text of a string, quotes included.
func jsonText(_ text: String) -> String {
    var out: [UInt8] = [0x22]
    out.reserveCapacity(text.utf8.count + 2)
    for byte in text.utf8 {
        switch byte {
        case 0x22, 0x5C: out += [0x5C, byte]
        case 0x0A: out += [0x5C, 0x6E]
        case 0..<0x20: out += Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
        default: out.append(byte)
        }
    }
    out.append(0x22)
    return String(decoding: out, as: UTF8.self)
}
