import Foundation

/// Numbers written as words: `one hundred thousand`, `seventy-five`, `dos mil quinientos`, `setenta y dos mil`.
struct SpelledNumber: Hashable {
    var value: Decimal
    /// Index of the token behind it.
    var end: Int
    /// A magnitude of a thousand or more was said.
    var hasMagnitude = false

    /// `nil` where no number begins. An article is a number only before a magnitude: `a thousand`.
    init?(_ tokens: [SentenceToken], at start: Int, words: SentenceWords) {
        func word(_ index: Int) -> String? {
            index < tokens.count && tokens[index].kind == .word ? tokens[index].text : nil
        }
        var total: Decimal = 0
        var current = 0
        var lowest = Int.max
        var index = start
        if let first = word(start), words.numbers[first] == nil {
            guard words.articles.contains(first), let next = word(start + 1), words.magnitudes[next] != nil else {
                return nil
            }
            current = 1
            index += 1
        }
        while let text = word(index) {
            if let number = words.numbers[text] {
                let isHundred = word(index + 1).flatMap { words.magnitudes[$0] } == 2
                let isFirst = current == 0 && lowest == .max
                // `two thousand one time` does not go on behind the thousand.
                let goesOn = current == 0 && lowest < .max && (number >= 10 || isHundred)
                guard isFirst || goesOn || SpelledNumber.fits(number, behind: current) else { break }
                current += number
                index += 1
            } else if let exponent = words.magnitudes[text], current > 0, exponent < lowest {
                let factor = (0..<exponent).reduce(1) { product, _ in product * 10 }
                if exponent < 3 {
                    guard current < 10 else { break }
                    current *= factor
                } else {
                    total += Decimal(current) * Decimal(factor)
                    (current, lowest, hasMagnitude) = (0, exponent, true)
                }
                index += 1
            } else {
                break
            }
            // `seventy-five`, `setenta y dos`.
            if index < tokens.count,
                tokens[index].text == "-" && tokens[index].isAttached
                    || words.joiners.contains(tokens[index].text),
                current % 100 >= 20, let next = word(index + 1), let number = words.numbers[next],
                SpelledNumber.fits(number, behind: current)
            {
                index += 1
            }
        }
        guard index > start, total > 0 || current > 0 else { return nil }
        value = total + Decimal(current)
        end = index
    }

    private static func fits(_ number: Int, behind current: Int) -> Bool {
        guard current > 0, number > 0 else { return false }
        if number < 10 { return current % 10 == 0 && (current % 100 >= 20 || current % 100 == 0) }
        return number < 100 && current % 100 == 0
    }
}
