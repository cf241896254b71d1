package import Market

/// A symbol to choose while somebody types.
package struct SymbolSuggestion: Hashable, Sendable {
    /// What is shown.
    package var name: String
    /// What the option becomes.
    package var value: String
}

/// Symbols that the agent knows, as choices: those that begin with what was typed, then those that contain it, then the
/// nearest by spelling. At most 25 (the platform's limit).
package struct SymbolSuggestions: Sendable {
    package static let most = 25
    private let known: @Sendable () -> [Symbol]
    private let nearest: @Sendable (String) -> [Symbol]

    /// - Parameters:
    ///   - known: the symbols to choose from, the likeliest first.
    ///   - nearest: what somebody may mean who typed something else, such as a name.
    package init(known: @escaping @Sendable () -> [Symbol], nearest: @escaping @Sendable (String) -> [Symbol]) {
        self.known = known
        self.nearest = nearest
    }

    /// In a list the last word is completed and the others stay.
    package func complete(_ typed: String, isList: Bool) -> [SymbolSuggestion] {
        var before: [Substring] = []
        var word = typed.drop { $0 == " " }
        if isList {
            let words = typed.split(separator: " ")
            let endsWord = typed.last == " "
            before = endsWord ? words : words.dropLast()
            word = endsWord ? "" : words.last ?? ""
        }
        let wanted = word.drop { $0 == "$" }.uppercased()
        let symbols = known()
        var found = symbols.filter { $0.description.hasPrefix(wanted) }
        if !wanted.isEmpty {
            found += symbols.filter { !$0.description.hasPrefix(wanted) && $0.description.contains(wanted) }
            found += nearest(String(word))
        }
        let lead = before.isEmpty ? "" : before.joined(separator: " ") + " "
        var seen: Set<String> = Set(before.map { $0.uppercased() })
        // Not lazily: what was seen must be asked once a symbol.
        let names = found.map(\.description).filter { seen.insert($0).inserted }
        return names.map { SymbolSuggestion(name: lead + $0, value: lead + $0) }
            .filter { $0.value.utf16.count <= 100 }.prefix(SymbolSuggestions.most).map { $0 }
    }
}
