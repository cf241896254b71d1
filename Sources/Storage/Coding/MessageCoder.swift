import Delivery
import Market
import Messages

/// Replies as bytes. They are the hottest thing that is stored and read back, so they have a compact form of their own:
/// a version, then fields in order, counts and lengths as little-endian base-128 numbers, text as UTF-8.
enum MessageCoder {
    private static let version: UInt8 = 1
    /// The same with a letter behind the buttons.
    private static let letterVersion: UInt8 = 2

    static func encode(_ message: Message, _ form: OutboxContent.Form) -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(message.letter == nil ? version : letterVersion)
        switch form {
        case .new: writer.byte(0)
        case .edit(let messageID):
            writer.byte(1)
            writer.text(messageID)
        case .answer(let answer):
            writer.byte(2)
            writer.text(answer.route)
            writer.byte((answer.replacesView ? 1 : 0) | (answer.isDiscreet ? 2 : 0))
        }
        writer.byte(message.silent ? 1 : 0)
        writer.count(message.blocks.count)
        for block in message.blocks {
            switch block {
            case .text(let spans):
                writer.byte(0)
                writer.count(spans.count)
                for span in spans { encode(span, to: &writer) }
            case .preformatted(let text):
                writer.byte(1)
                writer.text(text)
            }
        }
        writer.count(message.buttons.count)
        for row in message.buttons {
            writer.count(row.count)
            for button in row {
                writer.text(button.label)
                switch button.action {
                case .command(let command):
                    writer.byte(0)
                    writer.text(command)
                case .link(let link):
                    writer.byte(1)
                    writer.text(link)
                }
            }
        }
        if let letter = message.letter {
            writer.text(letter.subject)
            writer.text(letter.html)
        }
        return writer.bytes
    }

    private static func encode(_ span: InlineSpan, to writer: inout ByteWriter) {
        switch span.style {
        case .plain: writer.byte(0)
        case .bold: writer.byte(1)
        case .italic: writer.byte(2)
        case .code: writer.byte(3)
        case .link(let link):
            writer.byte(4)
            writer.text(link)
        case .time(let time):
            writer.byte(5)
            writer.number(UInt64(bitPattern: time.milliseconds))
        }
        writer.text(span.text)
    }

    static func decode(_ bytes: [UInt8]) throws -> (Message, OutboxContent.Form) {
        var reader = ByteReader(bytes)
        let written = try reader.byte()
        guard written == version || written == letterVersion else {
            throw StorageError.corrupt("a reply of an unknown form")
        }
        let form: OutboxContent.Form =
            switch try reader.byte() {
            case 0: .new
            case 1: .edit(messageID: try reader.text())
            case 2: .answer(try answer(from: &reader))
            default: throw StorageError.corrupt("a reply of an unknown form")
            }
        let silent = try reader.byte() == 1
        let blocks = try reader.list { reader in
            try reader.byte() == 0
                ? Message.Block.text(try reader.list { try span(from: &$0) })
                : Message.Block.preformatted(try reader.text())
        }
        let buttons = try reader.list { reader in
            try reader.list { reader in
                let label = try reader.text()
                let isCommand = try reader.byte() == 0
                let target = try reader.text()
                return Message.Button(label: label, action: isCommand ? .command(target) : .link(target))
            }
        }
        var message = Message(blocks: blocks, buttons: buttons, silent: silent)
        if written == letterVersion {
            message.letter = Message.Letter(subject: try reader.text(), html: try reader.text())
        }
        return (message, form)
    }

    private static func answer(from reader: inout ByteReader) throws -> OutboxContent.Answer {
        let route = try reader.text()
        let flags = try reader.byte()
        return OutboxContent.Answer(route: route, replacesView: flags & 1 != 0, isDiscreet: flags & 2 != 0)
    }

    private static func span(from reader: inout ByteReader) throws -> InlineSpan {
        let style: InlineSpan.Style =
            switch try reader.byte() {
            case 0: .plain
            case 1: .bold
            case 2: .italic
            case 3: .code
            case 4: .link(try reader.text())
            case 5: .time(Timestamp(milliseconds: Int64(bitPattern: try reader.number())))
            default: throw StorageError.corrupt("a span of an unknown look")
            }
        return InlineSpan(try reader.text(), style)
    }
}

private struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func count(_ value: Int) { number(UInt64(value)) }

    mutating func text(_ value: String) {
        count(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }
}

private struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw StorageError.corrupt("a reply that is cut off") }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7f) << shift
            if next & 0x80 == 0 { return value }
            shift += 7
            guard shift < 64 else { throw StorageError.corrupt("a reply with a number too long") }
        }
    }

    mutating func text() throws -> String {
        let count = try number()
        guard count <= UInt64(bytes.count - position) else { throw StorageError.corrupt("a reply that is cut off") }
        let end = position + Int(count)
        defer { position = end }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    mutating func list<T>(_ element: (inout ByteReader) throws -> T) throws -> [T] {
        let count = try number()
        guard count <= UInt64(bytes.count - position) else { throw StorageError.corrupt("a reply that is cut off") }
        var result: [T] = []
        result.reserveCapacity(Int(count))
        for _ in 0..<count { result.append(try element(&self)) }
        return result
    }
}
