/// Which models take part.
package struct ForecastModels: Hashable, Sendable, CustomStringConvertible {
    package enum Name: String, CaseIterable, Sendable {
        case har, ewma, constant, ridge, logistic
    }

    package var names: Set<Name>

    package static let standard = ForecastModels(names: [.har, .ridge, .logistic])

    package init(names: Set<Name>) { self.names = names }

    package struct Unknown: Error, Hashable, Sendable {
        package var name: String
        /// The name means a model that this build has not.
        package var isMissing: Bool
    }

    /// Reads `har,logistic`. Where no volatility model is named `har` is meant.
    package init(text: String) throws(Unknown) {
        var names: Set<Name> = []
        for part in text.split(separator: ",") {
            let word = part.filter { $0 != " " }.lowercased()
            guard let name = Name(rawValue: word) else {
                throw Unknown(name: String(word.prefix(40)), isMissing: ["lstm", "trees"].contains(word))
            }
            names.insert(name)
        }
        if names.isDisjoint(with: [.har, .ewma, .constant]) { names.insert(.har) }
        self.names = names
    }

    package var description: String { names.map(\.rawValue).sorted().joined(separator: ",") }

    /// The model that the scale of the bands comes from.
    var volatility: Name { names.contains(.har) ? .har : names.contains(.ewma) ? .ewma : .constant }
}
