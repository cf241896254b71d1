import Decisions
import Market

/// The state of a rule as JSON, `{"sequence":2,"symbols":{"BTC":{"phase":"spent","lastFiredAt":1700000000000}}}`, written
/// and read without a general coder: there may be a million at the start, and one is written with each change.
enum RuleStateCoder {
    static func encode(_ state: RuleState) throws -> String {
        guard state.symbols.keys.allSatisfy({ $0.utf8.allSatisfy(isPlain) }) else {
            return try StoredJSON.encode(state)
        }
        var text = "{\"sequence\":\(state.sequence),\"symbols\":{"
        for (index, name) in state.symbols.keys.sorted().enumerated() {
            guard let place = state.symbols[name] else { continue }
            text += index == 0 ? "\"" : ",\""
            text += name
            text += "\":{\"phase\":\"\(place.phase.rawValue)\""
            if let time = place.lastFiredAt { text += ",\"lastFiredAt\":\(time.milliseconds)" }
            if let time = place.heldSince { text += ",\"heldSince\":\(time.milliseconds)" }
            text += "}"
        }
        return text + "}}"
    }

    /// Any JSON of a state; what is not in the usual form is left to the general decoder.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>) throws -> RuleState {
        var reader = Reader(bytes: bytes)
        if let state = reader.state(), reader.position == bytes.count { return state }
        return try StoredJSON.decode(RuleState.self, from: String(decoding: bytes, as: UTF8.self))
    }

    /// Stands in a text as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 32 && byte < 127 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Answers `nil` for whatever it does not expect.
    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        mutating func state() -> RuleState? {
            var sequence: Int?
            var symbols: [String: RuleState.PerSymbol]?
            let isWhole = object { reader, key in
                if key.elementsEqual("sequence".utf8) {
                    sequence = reader.integer().flatMap { Int(exactly: $0) }
                    return sequence != nil
                }
                guard key.elementsEqual("symbols".utf8) else { return false }
                var found: [String: RuleState.PerSymbol] = [:]
                let isWhole = reader.object { reader, name in
                    guard let place = reader.place() else { return false }
                    found[String(decoding: name, as: UTF8.self)] = place
                    return true
                }
                symbols = found
                return isWhole
            }
            guard isWhole, let sequence, let symbols else { return nil }
            return RuleState(sequence: sequence, symbols: symbols)
        }

        private mutating func place() -> RuleState.PerSymbol? {
            var place = RuleState.PerSymbol()
            var phase: RuleState.Phase?
            let isWhole = object { reader, key in
                if key.elementsEqual("phase".utf8) {
                    phase = reader.string().flatMap { RuleState.Phase(rawValue: String(decoding: $0, as: UTF8.self)) }
                    return phase != nil
                }
                guard let time = reader.integer().map({ Timestamp(milliseconds: $0) }) else { return false }
                if key.elementsEqual("lastFiredAt".utf8) {
                    place.lastFiredAt = time
                } else if key.elementsEqual("heldSince".utf8) {
                    place.heldSince = time
                } else {
                    return false
                }
                return true
            }
            guard isWhole, let phase else { return nil }
            place.phase = phase
            return place
        }

        /// Calls `member` behind the colon of each key; false as soon as something is not as expected.
        private mutating func object(_ member: (inout Reader, Slice<UnsafeBufferPointer<UInt8>>) -> Bool) -> Bool {
            guard take(UInt8(ascii: "{")) else { return false }
            if take(UInt8(ascii: "}")) { return true }
            repeat {
                guard let key = string(), take(UInt8(ascii: ":")), member(&self, key) else { return false }
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}"))
        }

        private mutating func string() -> Slice<UnsafeBufferPointer<UInt8>>? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            let start = position
            while position < bytes.count, RuleStateCoder.isPlain(bytes[position]) { position += 1 }
            let end = position
            return take(UInt8(ascii: "\"")) ? bytes[start..<end] : nil
        }

        private mutating func integer() -> Int64? {
            let isNegative = take(UInt8(ascii: "-"))
            let start = position
            var value: Int64 = 0
            while position < bytes.count, (48...57).contains(bytes[position]), position - start < 18 {
                value = value * 10 + Int64(bytes[position] - 48)
                position += 1
            }
            guard position > start, !(bytes[start] == 48 && position - start > 1) else { return nil }
            return isNegative ? -value : value
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }
    }
}
