/// Days written with the name of a month, or with slashes where nobody can take the day for the month.
struct SpelledDate: Hashable {
    /// As the language of rules writes it: `2026-12-31`.
    var text: String
    /// Index of the token behind it.
    var end: Int

    /// `31 December 2026`, `December 31st, 2026`, `31 de diciembre de 2026`, `31/12/2026`. A day without a year is none.
    init?(_ tokens: [SentenceToken], at start: Int, months: [String: Int]) {
        func number(_ index: Int, _ range: ClosedRange<Int>) -> Int? {
            guard index < tokens.count, tokens[index].kind == .number, let number = Int(tokens[index].text) else {
                return nil
            }
            return range.contains(number) ? number : nil
        }
        func month(_ index: Int) -> Int? { index < tokens.count ? months[tokens[index].text] : nil }
        func behind(_ index: Int, _ passing: Set<String>) -> Int {
            index < tokens.count && passing.contains(tokens[index].text) ? index + 1 : index
        }
        let ordinals: Set = ["st", "nd", "rd", "th"]
        let years = 2000...2199
        if let day = number(start, 1...31) {
            var index = behind(behind(start + 1, ordinals), ["de", "of"])
            if let month = month(index) {
                index = behind(index + 1, ["de", "del", ",", "of"])
                guard let year = number(index, years) else { return nil }
                self.init(year, month, day, end: index + 1)
                return
            }
        }
        if let month = month(start), let day = number(start + 1, 1...31) {
            let index = behind(behind(start + 2, ordinals), [",", "of"])
            guard let year = number(index, years) else { return nil }
            self.init(year, month, day, end: index + 1)
            return
        }
        guard start + 4 < tokens.count, tokens[start + 1].text == "/", tokens[start + 3].text == "/",
            let first = number(start, 1...31), let second = number(start + 2, 1...31),
            let year = number(start + 4, years), (first > 12) != (second > 12)
        else { return nil }
        self.init(year, min(first, second), max(first, second), end: start + 5)
    }

    private init(_ year: Int, _ month: Int, _ day: Int, end: Int) {
        text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
        self.end = end
    }
}
