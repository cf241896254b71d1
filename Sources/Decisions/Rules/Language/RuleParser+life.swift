import Market
import People

/// What follows the condition, in any order, each at most once.
struct RuleLife {
    var rest: Span?
    var holdFor: Span?
    var hysteresis: Double?
    var sinceLastAlert = false
    var sinceEntry = false
    var until: Timestamp?
    var once = false
    var priority: Priority?
    var channels: [ChannelKind]?
}

extension RuleParser {
    mutating func life() throws(RuleError) -> RuleLife {
        var life = RuleLife()
        var seen: Set<String> = []
        var smsStart: Int?
        while token.kind != .end {
            let word = token
            guard word.kind == .word, !word.isMarkedSymbol, RuleWords.life.contains(word.lower) else {
                throw unexpectedTail()
            }
            guard seen.insert(word.lower).inserted else { throw RuleError.repeated(word.lower).at(word.start) }
            advance()
            switch word.lower {
            case "every": life.rest = try lifeDuration()
            case "for": life.holdFor = try lifeDuration()
            case "hysteresis": life.hysteresis = try percentage()
            case "since": try since(&life, word)
            case "until": life.until = try date()
            case "once": life.once = true
            case "as":
                guard token.kind == .word, let priority = Priority(rawValue: token.lower) else {
                    throw RuleError.expectedPriority(after: word.text).at(token.start)
                }
                advance()
                life.priority = priority
            default: life.channels = try channels(&smsStart)
            }
        }
        if let smsStart, life.priority != .critical { throw RuleError.smsNeedsCritical.at(smsStart) }
        return life
    }

    private func unexpectedTail() -> RuleError {
        let error = RuleError.unexpected(token.text, after: previous).at(token.start)
        guard token.kind == .word else { return error }
        let words = Array(RuleWords.life) + ["and", "or", "crosses"]
        return error.suggesting(EditDistance.nearest(to: token.lower, in: words.sorted(), limit: 1).first)
    }

    /// Up to a year.
    private mutating func lifeDuration() throws(RuleError) -> Span {
        let written = token
        let span = try duration()
        guard span <= .days(366) else {
            throw RuleError.durationOutOfRange(written.text, from: "1m", to: "366d").at(written.start)
        }
        return span
    }

    private mutating func percentage() throws(RuleError) -> Double {
        let (before, start) = (previous, token.start)
        guard token.kind == .number else { throw RuleError.expectedPercent(after: before).at(start) }
        let number = try number()
        guard number.isPercent, number.value > 0, number.value <= 0.5 else {
            throw RuleError.expectedPercent(after: before).at(start)
        }
        return number.value
    }

    private mutating func since(_ life: inout RuleLife, _ word: RuleToken) throws(RuleError) {
        if take(word: "entry") {
            life.sinceEntry = true
            needs(.entry, word)
            return
        }
        let before = previous
        guard take(word: "last") else {
            throw RuleError.expectedWord("last alert", after: before).at(token.start)
        }
        guard take(word: "alert") else { throw RuleError.expectedWord("alert", after: "last").at(token.start) }
        life.sinceLastAlert = true
    }

    /// All characters up to the next blank.
    private mutating func date() throws(RuleError) -> Timestamp {
        let (before, start) = (previous, token.start)
        var end = start
        while end < characters.count, !characters[end].isWhitespace { end += 1 }
        guard let date = RuleDate.end(String(characters[start..<end])) else {
            throw RuleError.expectedDate(after: before).at(start)
        }
        while token.kind != .end, token.start < end { advance() }
        return date
    }

    private mutating func channels(_ smsStart: inout Int?) throws(RuleError) -> [ChannelKind] {
        var channels: [ChannelKind] = []
        repeat {
            guard token.kind == .word,
                let channel = ChannelKind(rawValue: token.lower == "mail" ? "email" : token.lower)
            else { throw RuleError.expectedChannel(after: previous).at(token.start) }
            if channel == .sms, smsStart == nil { smsStart = token.start }
            if !channels.contains(channel) { channels.append(channel) }
            advance()
        } while take(sign: ",")
        return channels
    }
}
