import Foundation
import Market
import People

/// Reads slots: what begins at a token, in every way that makes sense.
struct SlotReader {
    struct Reading: Hashable {
        /// Index of the token behind it.
        var end: Int
        var text: String
        /// How far-fetched it is.
        var cost = 0
    }

    let text: SentenceText
    let words: SentenceWords
    let symbols: any SymbolMatching
    let zones: ZoneDirectory
    /// Canonical text of a rule that the language of rules accepts.
    let rule: @Sendable (String) -> String?

    private var tokens: [SentenceToken] { text.tokens }

    func readings(_ slot: SentenceSlot, at index: Int) -> [Reading] {
        guard index < tokens.count else { return [] }
        switch slot {
        case .symbol: return symbol(at: index)
        case .price: return price(at: index)
        case .percent: return percent(at: index)
        case .number: return number(at: index)
        case .amount: return amount(at: index)
        case .id: return id(at: index)
        case .span: return span(at: index).map { [Reading(end: $0.end, text: $0.span.text)] } ?? []
        case .timeframe:
            guard let (end, span) = span(at: index),
                let timeframe = Timeframe.allCases.first(where: { $0.span == span })
            else { return [] }
            return [Reading(end: end, text: timeframe.rawValue)]
        case .clock, .am, .pm, .night, .vague, .hour24, .hour: return clock(slot, at: index)
        case .zone: return zone(at: index)
        case .email: return whole(.email, at: index)
        case .phone: return whole(.phone, at: index)
        case .date:
            let spelled = SpelledDate(tokens, at: index, months: words.months)
            return whole(.date, at: index) + (spelled.map { [Reading(end: $0.end, text: $0.text)] } ?? [])
        case .code:
            guard tokens[index].kind == .number, tokens[index].text.count == 6, isWhole(tokens[index].text) else {
                return []
            }
            return whole(.number, at: index)
        case .rule: return conditions(at: index)
        case .text:
            let fillers = Set(words.fillers.filter { $0.count == 1 }.joined())
            let says = tokens[index...].firstIndex { $0.kind != .sign && !fillers.contains($0.text) } ?? tokens.count
            guard says < tokens.count else { return [] }
            return (says + 1...tokens.count).compactMap { end in
                let written = text.written(index..<end)
                // These stand for something in a meaning.
                guard !written.contains(where: { $0 == "|" || $0 == "¤" }) else { return nil }
                return Reading(end: end, text: written, cost: 3 * (end - index))
            }
        }
    }

    private func whole(_ kind: SentenceToken.Kind, at index: Int) -> [Reading] {
        tokens[index].kind == kind ? [Reading(end: index + 1, text: tokens[index].text)] : []
    }

    private func isWhole(_ text: String) -> Bool { text.allSatisfy { $0.isASCII && $0.isNumber } }

    private func isSign(_ sign: String, at index: Int) -> Bool {
        index < tokens.count && tokens[index].kind == .sign && tokens[index].text == sign
    }

    private func isPhrase(_ phrase: [String], at index: Int) -> Bool {
        index + phrase.count <= tokens.count && zip(phrase, tokens[index...]).allSatisfy { $0 == $1.text }
    }

    // MARK: Symbols

    private func symbol(at start: Int) -> [Reading] {
        var index = start
        let isMarked = isSign("$", at: start)
        if isMarked { index += 1 }
        guard index < tokens.count, !isMarked || tokens[index].isAttached else { return [] }
        if let pair = pair(at: index) { return [pair] }
        var found: [Reading] = []
        for count in 1...3 where index + count <= tokens.count {
            let part = tokens[index..<index + count]
            // `1inch` is a number and a word without a blank.
            guard part.allSatisfy({ $0.kind == .word || count > 1 && $0.kind == .number }) else { continue }
            guard part.contains(where: { $0.kind == .word }) else { continue }
            if part.contains(where: { $0.kind == .number }), !part.dropFirst().allSatisfy(\.isAttached) { continue }
            if !isMarked, count == 1, !mayBeSymbol(part[index]) { continue }
            if isMarked, count > 1 { continue }
            if case .symbol(let symbol) = symbols.match(name(index..<index + count)) {
                found.append(Reading(end: index + count, text: symbol.description))
            }
        }
        return found
    }

    /// Without the `'s` of `bitcoin's`.
    private func name(_ range: Range<Int>) -> String {
        if range.count == 1, tokens[range.lowerBound].isCorrected { return tokens[range.lowerBound].text }
        let written = text.written(range)
        let isPossessive = written.hasSuffix("'s") || written.hasSuffix("’s")
        return isPossessive ? String(written.dropLast(2)) : written
    }

    /// Whether a single word may be a coin: not where the language has it for something else.
    private func mayBeSymbol(_ token: SentenceToken) -> Bool {
        if token.isCapitals, !text.isShouted, !words.negations.contains(token.text) { return true }
        guard token.text.count >= 2 else { return false }
        return !words.vocabulary.contains(token.text) || words.alsoSymbols.contains(token.text)
    }

    /// `BTC/USDT`, `eth-btc`.
    private func pair(at index: Int) -> Reading? {
        guard index + 2 < tokens.count, tokens[index].kind == .word, tokens[index + 2].kind == .word,
            isSign("/", at: index + 1) || isSign("-", at: index + 1), tokens[index + 1].isAttached,
            tokens[index + 2].isAttached, case .symbol(let symbol) = symbols.match(text.written(index..<index + 3))
        else { return nil }
        return Reading(end: index + 3, text: symbol.description)
    }

    // MARK: Numbers

    /// Digits or a number word, with a magnitude behind it: the reading, and whether its size was said.
    private func quantity(at index: Int) -> (reading: NumberReading, end: Int, hasMagnitude: Bool)? {
        guard index < tokens.count else { return nil }
        var reading: NumberReading
        switch tokens[index].kind {
        case .number:
            guard let read = NumberReading(tokens[index].text, decimal: words.decimal, grouping: words.grouping) else {
                return nil
            }
            reading = read
        case .word:
            guard let spelled = SpelledNumber(tokens, at: index, words: words) else { return nil }
            return (NumberReading(whole: spelled.value), spelled.end, spelled.hasMagnitude)
        default: return nil
        }
        let next = index + 1
        if next < tokens.count, tokens[next].kind == .word, let exponent = words.magnitudes[tokens[next].text] {
            if exponent < 3, next + 1 < tokens.count, let further = words.magnitudes[tokens[next + 1].text] {
                return (reading.multiplied(byTenTo: exponent + further), next + 2, true)
            }
            reading = reading.multiplied(byTenTo: exponent)
            return (reading, next + 1, true)
        }
        return (reading, next, false)
    }

    /// One reading for each value the writing may have, marked for `LevelCheck`.
    private func price(at start: Int) -> [Reading] {
        var index = start
        let isMarked = isSign("$", at: start)
        if isMarked { index += 1 }
        guard let (reading, after, hasMagnitude) = quantity(at: index), percentEnd(at: after) == nil else { return [] }
        var end = after
        if isSign("$", at: end), !isMarked { end += 1 }
        if end < tokens.count, tokens[end].kind == .word, words.currencies.contains(tokens[end].text) { end += 1 }
        // Attached letters that are no magnitude belong to something else: `4h`.
        if end == after, after < tokens.count, tokens[after].kind == .word, tokens[after].isAttached { return [] }
        return reading.values.map { value in
            let level = PriceLevel(value: value, foreign: reading.foreign, hasMagnitude: hasMagnitude)
            return Reading(end: end, text: level.marked)
        }
    }

    private func percentEnd(at index: Int) -> Int? {
        if isSign("%", at: index) { return index + 1 }
        return words.percents.first { isPhrase($0, at: index) }.map { index + $0.count }
    }

    private func percent(at start: Int) -> [Reading] {
        // A sign before a per cent says what the verb says.
        guard let (reading, after, hasMagnitude) = quantity(at: start), !hasMagnitude,
            let end = percentEnd(at: after)
        else { return [] }
        return reading.values.map { Reading(end: end, text: "\($0)%") }
    }

    private func number(at index: Int) -> [Reading] {
        guard let (reading, end, hasMagnitude) = quantity(at: index), !hasMagnitude, percentEnd(at: end) == nil,
            isFree(end)
        else { return [] }
        return reading.values.filter { $0 > 0 && $0 <= 100 }.map { Reading(end: end, text: "\($0)") }
    }

    private func amount(at index: Int) -> [Reading] {
        guard let (reading, end, _) = quantity(at: index), percentEnd(at: end) == nil else { return [] }
        return reading.values.map { Reading(end: end, text: "\($0)") }
    }

    private func id(at start: Int) -> [Reading] {
        let index = isSign("#", at: start) ? start + 1 : start
        guard index < tokens.count, tokens[index].kind == .number, isWhole(tokens[index].text),
            tokens[index].text.count <= 12, let number = Int(tokens[index].text), number > 0, isFree(index + 1)
        else { return [] }
        return [Reading(end: index + 1, text: "\(number)")]
    }

    /// Nothing is written onto the end of what was read: neither `7k` nor `7%` nor `7-9`.
    private func isFree(_ index: Int) -> Bool {
        guard index < tokens.count, tokens[index].isAttached else { return true }
        // `50-day`.
        if tokens[index].text == "-", index + 1 < tokens.count, tokens[index + 1].kind == .word { return true }
        return tokens[index].kind == .sign && !["%", "-", "/", "+", "#", "$"].contains(tokens[index].text)
    }

    private func span(at index: Int) -> (end: Int, span: Span)? {
        func length(_ count: Int, _ unit: Int) -> (end: Int, span: Span)? {
            guard unit < tokens.count, tokens[unit].kind == .word, let letter = words.units[tokens[unit].text],
                let span = Span(text: "\(count)\(letter)")
            else { return nil }
            return (unit + 1, span)
        }
        let token = tokens[index]
        if token.kind == .number, isWhole(token.text), token.text.count <= 5, let count = Int(token.text) {
            return length(count, index + 1)
        }
        guard token.kind == .word else { return nil }
        if let spelled = SpelledNumber(tokens, at: index, words: words), !spelled.hasMagnitude,
            let found = length(NSDecimalNumber(decimal: spelled.value).intValue, spelled.end)
        {
            return found
        }
        return words.articles.contains(token.text) ? length(1, index + 1) : nil
    }

    // MARK: Time of day

    private func clock(_ slot: SentenceSlot, at index: Int) -> [Reading] {
        let token = tokens[index]
        var hour: Int
        var minute = 0
        let parts = token.text.split(separator: ":")
        if token.kind == .number, parts.count == 2, slot != .vague, slot != .hour, slot != .hour24 {
            guard let read = QuietHours.minute(token.text) else { return [] }
            (hour, minute) = read.quotientAndRemainder(dividingBy: 60)
        } else if slot != .clock, token.kind == .number, isWhole(token.text), token.text.count <= 2,
            let read = Int(token.text), read < 24
        {
            hour = read
        } else if slot != .clock, slot != .hour24, token.kind == .word, let read = words.numbers[token.text], read <= 12
        {
            hour = read
        } else {
            return []
        }
        func time(_ hour: Int) -> Reading {
            Reading(
                end: index + 1, text: (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)")
        }
        let isHalfDay = (1...12).contains(hour)
        switch slot {
        case .am: return isHalfDay ? [time(hour % 12)] : []
        case .pm:
            // `18:00 pm` says it twice.
            if hour > 12 { return [time(hour)] }
            return isHalfDay ? [time(hour % 12 + 12)] : []
        case .night:
            if hour > 12 { return [time(hour)] }
            return hour == 12 ? [time(0)] : hour >= 6 ? [time(hour + 12)] : []
        case .vague: return isHalfDay ? [time(hour % 12), time(hour % 12 + 12)] : []
        case .hour24: return hour > 12 || hour == 0 ? [time(hour)] : []
        default: return [time(hour)]
        }
    }

    // MARK: The rest

    private func zone(at index: Int) -> [Reading] {
        var found: [Reading] = []
        for count in 1...5 where index + count <= tokens.count {
            guard tokens[index].kind == .word else { break }
            let written = text.written(index..<index + count)
            if let zone = words.zones[SentenceText.folded(written)] {
                found.append(Reading(end: index + count, text: zone))
            } else if case .zone(let zone) = zones.match(written) {
                found.append(Reading(end: index + count, text: zone))
            }
        }
        return found
    }

    private func conditions(at index: Int) -> [Reading] {
        // The language of rules has one way of writing numbers. What could be grouped digits is not left to it.
        let isDoubtful = tokens[index...].contains { token in
            guard token.kind == .number else { return false }
            let parts = token.text.split { $0 == "." || $0 == "," }
            return token.text.contains(",") || parts.count == 2 && parts[1].count == 3 || parts.count > 2
        }
        var end = tokens.count
        while end > index, tokens[end - 1].kind == .sign, "?!.¿¡".contains(tokens[end - 1].text) { end -= 1 }
        guard !isDoubtful, end > index + 2, let canonical = rule(text.written(index..<end)) else { return [] }
        return [Reading(end: end, text: canonical, cost: 4)]
    }
}
