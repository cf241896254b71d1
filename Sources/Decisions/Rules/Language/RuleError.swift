/// Why a text is no rule, and where. `key` names a locale entry `rule_error.<key>` that `arguments` fill; `sentence` is
/// the same in English.
package struct RuleError: Error, Hashable, Sendable, CustomStringConvertible {
    package var key: String
    package var arguments: [String: String]
    package var sentence: String
    /// Counted from 1, in characters of the text as typed; one past the end where something is missing there.
    package var column: Int
    /// What would be accepted at that place: a near name or a short example.
    package var suggestion: String?

    /// `expected a number after '>' (column 7)`.
    package var description: String { "\(sentence) (column \(column))" }

    init(_ key: String, _ arguments: [String: String], _ sentence: String, suggestion: String? = nil) {
        self.key = key
        self.arguments = arguments
        self.sentence = sentence
        self.column = 1
        self.suggestion = suggestion
    }

    init(_ key: String, _ sentence: String, suggestion: String? = nil) {
        self.init(key, [:], sentence, suggestion: suggestion)
    }

    /// The same, at a place: `index` counts characters from 0.
    func at(_ index: Int) -> RuleError {
        var error = self
        error.column = index + 1
        return error
    }

    func suggesting(_ suggestion: String?) -> RuleError {
        var error = self
        error.suggestion = suggestion ?? error.suggestion
        return error
    }
}

/// The sentences.
extension RuleError {
    static let empty = RuleError("empty", "expected a rule", suggestion: "BTC > 70000")

    static func tooLong(limit: Int) -> RuleError {
        RuleError("too_long", ["limit": "\(limit)"], "a rule has at most \(limit) characters")
    }

    static func tooDeep(limit: Int) -> RuleError {
        RuleError("too_deep", ["limit": "\(limit)"], "parentheses, 'not' and '-' may be nested \(limit) deep")
    }

    static func expectedNumber(after token: String) -> RuleError {
        RuleError("expected_number_after", ["token": token], "expected a number after '\(token)'")
    }

    static func expectedWholeNumber(after token: String, limit: Int) -> RuleError {
        RuleError(
            "expected_whole_number_after", ["token": token, "limit": "\(limit)"],
            "expected a whole number from 1 to \(limit) after '\(token)'", suggestion: "24")
    }

    static func expectedCondition(after token: String) -> RuleError {
        RuleError(
            "expected_condition_after", ["token": token], "expected a condition after '\(token)'",
            suggestion: "BTC > 70000")
    }

    static func expectedComparison(after token: String) -> RuleError {
        RuleError(
            "expected_comparison_after", ["token": token],
            "expected a comparison such as '>' or 'crosses above' after '\(token)'",
            suggestion: "\(token) > 70000")
    }

    static let expectedSymbol = RuleError("expected_symbol", "expected a symbol such as BTC", suggestion: "BTC > 70000")

    static func expectedSymbol(before token: String) -> RuleError {
        RuleError(
            "expected_symbol_before", ["token": token], "expected a symbol such as BTC before '\(token)'",
            suggestion: "BTC \(token)")
    }

    static func expected(_ sign: String, after token: String) -> RuleError {
        RuleError(
            "expected_sign_after", ["sign": sign, "token": token], "expected '\(sign)' after '\(token)'",
            suggestion: sign)
    }

    static func expectedTimeframe(after token: String) -> RuleError {
        RuleError(
            "expected_timeframe_after", ["token": token],
            "expected a timeframe (1m, 5m, 15m, 1h, 4h, 1d, 1w) after '\(token)'", suggestion: "1h")
    }

    static func expectedDuration(after token: String) -> RuleError {
        RuleError(
            "expected_duration_after", ["token": token], "expected a duration such as 10m, 4h or 2d after '\(token)'",
            suggestion: "4h")
    }

    static func durationOutOfRange(_ token: String, from: String, to: String) -> RuleError {
        RuleError(
            "duration_out_of_range", ["token": token, "from": from, "to": to],
            "'\(token)' is outside \(from) to \(to), in whole minutes", suggestion: to)
    }

    static func expectedDate(after token: String) -> RuleError {
        RuleError(
            "expected_date_after", ["token": token],
            "expected a date such as 2026-12-31 or 2026-12-31T18:00 (UTC) after '\(token)'", suggestion: "2026-12-31")
    }

    static func expectedPercent(after token: String) -> RuleError {
        RuleError(
            "expected_percent_after", ["token": token], "expected a percentage between 0% and 50% after '\(token)'",
            suggestion: "0.5%")
    }

    static func expectedPriority(after token: String) -> RuleError {
        RuleError(
            "expected_priority_after", ["token": token],
            "expected low, medium, high or critical after '\(token)'", suggestion: "high")
    }

    static func expectedChannel(after token: String) -> RuleError {
        RuleError(
            "expected_channel_after", ["token": token],
            "expected telegram, discord, email, sms or terminal after '\(token)'", suggestion: "telegram")
    }

    static func expectedWord(_ word: String, after token: String) -> RuleError {
        RuleError(
            "expected_word_after", ["word": word, "token": token], "expected '\(word)' after '\(token)'",
            suggestion: word)
    }

    static func expectedName(after token: String) -> RuleError {
        RuleError("expected_name_after", ["token": token], "expected a name after '\(token)'")
    }

    static let smsNeedsCritical = RuleError(
        "sms_needs_critical", "'via sms' needs 'as critical'", suggestion: "as critical via sms")

    static func nothingSaid(of name: String) -> RuleError {
        RuleError(
            "nothing_said", ["name": name], "no value of '\(name)' is compared with anything",
            suggestion: "\(name) > 70000")
    }

    static func unknownSymbol(_ name: String) -> RuleError {
        RuleError("unknown_symbol", ["name": name], "unknown symbol '\(name)'")
    }

    static func listNotFirst(_ token: String) -> RuleError {
        RuleError(
            "list_not_first", ["token": token], "a list of symbols or '*' stands only at the beginning of a rule")
    }

    static func unexpected(_ token: String, after previous: String) -> RuleError {
        RuleError(
            "unexpected_after", ["token": token, "previous": previous], "unexpected '\(token)' after '\(previous)'")
    }

    static func repeated(_ word: String) -> RuleError {
        RuleError("repeated", ["word": word], "'\(word)' stands twice")
    }

    static let chained = RuleError("chained", "join two comparisons with 'and'", suggestion: "and")

    static func noSource(_ source: RuleSource) -> RuleError {
        switch source {
        case .sentiment, .funding, .listing:
            RuleError(
                "no_source", ["name": source.rawValue],
                "no source of '\(source.rawValue)' is on, so the rule could never fire")
        case .entry:
            RuleError("no_entry", "'since entry' needs your entry price, and none can be stored yet")
        }
    }

    static let listingAlone = RuleError(
        "listing_alone", "'listing' is about markets that do not exist yet, so it stands alone", suggestion: "* listing"
    )

    static let sameVenue = RuleError(
        "same_venue", "a spread is between two different venues", suggestion: "spread(binance, coinbase)")

    static func unknownPattern(_ name: String) -> RuleError {
        RuleError("unknown_pattern", ["name": name], "unknown pattern '\(name)'")
    }

    static func expectedChoice(_ choices: [String], after token: String) -> RuleError {
        let list = choices.joined(separator: ", ")
        return RuleError(
            "expected_choice_after", ["choices": list, "token": token], "expected one of \(list) after '\(token)'",
            suggestion: choices.first)
    }

    static func indicator(_ reason: String, suggestion: String? = nil) -> RuleError {
        RuleError("indicator", ["reason": reason], reason, suggestion: suggestion)
    }

    static func numberTooLarge(_ token: String) -> RuleError {
        RuleError("number_too_large", ["token": token], "the number '\(token)' is too large")
    }

    static func windowNeedsSeries(_ name: String) -> RuleError {
        RuleError(
            "window_needs_series", ["name": name], "\(name) needs a value that moves, such as volume(1h)",
            suggestion: "\(name)(volume(1h), 24)")
    }

    static func windowMixes(_ name: String) -> RuleError {
        RuleError(
            "window_mixes", ["name": name], "the values inside \(name) must be of one symbol and one timeframe",
            suggestion: "\(name)(high(1h) - low(1h), 24)")
    }

    static func windowNested(_ name: String) -> RuleError {
        RuleError("window_nested", ["name": name], "\(name) cannot stand inside average, highest or lowest")
    }
}
