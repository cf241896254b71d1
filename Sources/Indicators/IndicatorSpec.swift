package import Market

/// Which indicator, with which parameters: `rsi(14)`, `macd(12, 26, 9).line`, `sma(50, 1d)`.
///
/// A spec that exists can be calculated: the name is known, the parameters are in range, the part belongs to it. Without
/// a part it means all of an indicator's values (as columns) or the first (as an operand). Without a timeframe it means
/// the candles at hand. Stored as its `text`.
package struct IndicatorSpec: Hashable, Sendable, Codable, CustomStringConvertible {
    package let name: String
    package let parameters: [Double]
    package let part: String?
    package let timeframe: Timeframe?

    package init(name: String, parameters: [Double] = [], part: String? = nil, timeframe: Timeframe? = nil)
        throws(IndicatorError)
    {
        guard let type = IndicatorCatalogue.byName[name] else {
            throw .unknownName(name, nearest: EditDistance.nearest(to: name, in: IndicatorSpec.names, limit: 3))
        }
        guard parameters.count == type.parameters.count else {
            throw .wrongParameterCount(name: name, expected: type.signature)
        }
        for (index, (parameter, value)) in zip(type.parameters, parameters).enumerated()
        where !parameter.allows(value) {
            throw .parameterOutOfRange(name: name, index: index, expected: parameter.expectation)
        }
        if let part {
            guard type.parts.contains(part) else { throw .unknownPart(name: name, part: part, known: type.parts) }
        }
        self.init(validName: name, parameters: parameters, part: part, timeframe: timeframe)
    }

    private init(validName: String, parameters: [Double], part: String?, timeframe: Timeframe?) {
        self.name = validName
        self.parameters = parameters
        self.part = part
        self.timeframe = timeframe
    }

    /// Every name there is.
    package static var names: [String] { IndicatorCatalogue.all.map { $0.name } }

    package static func isKnown(_ name: String) -> Bool { IndicatorCatalogue.byName[name] != nil }

    /// Names of the values of an indicator that has several, in the order of columns; empty for one value or an unknown
    /// name.
    package static func parts(of name: String) -> [String] { IndicatorCatalogue.byName[name]?.parts ?? [] }

    /// The same calculation, all its values: what streams can be shared by.
    package var withoutPart: IndicatorSpec {
        IndicatorSpec(validName: name, parameters: parameters, part: nil, timeframe: timeframe)
    }

    /// Which of the calculation's values is meant: 0 without a part.
    package var partIndex: Int { part.flatMap { IndicatorSpec.parts(of: name).firstIndex(of: $0) } ?? 0 }

    /// How many closed candles a stream must have seen for its value to be the one that any longer history gives, to
    /// about nine digits; `nil` when all history counts (`obv`, `ad`, and those that follow a path, such as `sar`).
    package var memory: Int? { IndicatorCatalogue.byName[name]?.memory(parameters) }

    /// How rules print it: `macd(12, 26, 9, 4h).line`. Reads back as the same spec.
    package var text: String { spelled(separator: ", ") + (part.map { ".\($0)" } ?? "") }

    package var description: String { text }

    /// Header of its columns: `macd(12,26,9).line`; every part where none is named.
    package var columns: [String] {
        let stem = spelled(separator: ",")
        let parts = part.map { [$0] } ?? IndicatorSpec.parts(of: name)
        return parts.isEmpty ? [stem] : parts.map { "\(stem).\($0)" }
    }

    private func spelled(separator: String) -> String {
        let arguments = parameters.map(Decimals.plain) + (timeframe.map { [$0.rawValue] } ?? [])
        return arguments.isEmpty ? name : "\(name)(\(arguments.joined(separator: separator)))"
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        do {
            self = try IndicatorSpec.parse(text)
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
