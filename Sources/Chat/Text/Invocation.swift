import Market

/// A command as it was written: `/price@bot BTC eth` is `price` with `BTC` and `eth`.
package struct Invocation: Hashable, Sendable {
    /// Lower case, `[a-z0-9_]{1,32}`.
    package var name: String
    package var arguments: [String]
    /// Everything behind the name on the line, trimmed; what `/alert` reads.
    package var rest: String
    /// A button that ends in ` !` asks that its answer replace the message it sits on: the view that makes the button
    /// knows whether the answer is the same view.
    package var replacesView: Bool

    package init(name: String, arguments: [String] = [], rest: String = "", replacesView: Bool = false) {
        self.name = name
        self.arguments = arguments
        self.rest = rest
        self.replacesView = replacesView
    }

    /// The argument in lower case, `nil` when there are fewer.
    func word(_ index: Int) -> String? {
        index < arguments.count ? arguments[index].lowercased() : nil
    }

    /// What the confirm buttons of this command carry.
    var argumentLine: String { arguments.joined(separator: " ") }
}

/// What somebody wrote, before anybody looks for a meaning.
package enum Utterance: Hashable, Sendable {
    case command(Invocation)
    case plain(String)
    case empty
    /// More than a command can hold.
    case tooLong

    /// Longest text that is read as a command or a sentence, in UTF-8 bytes. A rule has 200 characters, an argument list
    /// a few symbols; what is longer is a paste by mistake or an attack.
    static let longestText = 2_000
    /// Further words are not read.
    static let mostArguments = 40

    package init(_ text: String) {
        guard text.utf8.count <= Utterance.longestText else {
            self = .tooLong
            return
        }
        let clean = UntrustedText.cleaned(text)
        guard let first = clean.utf8.first else {
            self = .empty
            return
        }
        guard first == UInt8(ascii: "/"), let invocation = Utterance.command(in: clean) else {
            self = .plain(clean)
            return
        }
        self = .command(invocation)
    }

    private static func command(in text: String) -> Invocation? {
        let body = text.utf8.dropFirst()
        let head = body.prefix { $0 != UInt8(ascii: " ") }
        // `/price@some_bot`: the front end has already decided that we are meant.
        let name = head.prefix { $0 != UInt8(ascii: "@") }
        guard (1...32).contains(name.count),
            name.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 })
        else { return nil }
        var words = body.dropFirst(head.count).split(separator: UInt8(ascii: " "), maxSplits: mostArguments)
            .prefix(mostArguments).map { String(Substring($0)) }
        let replaces = words.last == "!"
        if replaces { words.removeLast() }
        var rest = Substring(body.dropFirst(head.count))
        while rest.first == " " { rest.removeFirst() }
        if replaces, rest.last == "!" {
            rest.removeLast()
            while rest.last == " " { rest.removeLast() }
        }
        return Invocation(
            name: String(Substring(name)).lowercased(), arguments: words, rest: String(rest), replacesView: replaces)
    }
}
