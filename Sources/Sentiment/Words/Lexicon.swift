/// Lines of a file in `lexicons/`, which travel inside the binary. Empty lines and lines that begin with `# ` are left out.
enum Lexicon {
    static func lines(of name: String) -> [Substring] {
        let text = EmbeddedAssets.files["lexicons/\(name).lexicon"] ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("# ") }
    }

    /// A line's first word and the rest of it.
    static func headAndRest(_ line: Substring) -> (head: Substring, rest: Substring) {
        guard let space = line.firstIndex(of: " ") else { return (line, "") }
        return (line[..<space], line[line.index(after: space)...])
    }
}
