package import Market

/// A scored text about one symbol.
package struct HeardText: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        case news
        /// Counts by how much it was noticed.
        case social(likes: Int, reposts: Int, replies: Int)
    }

    package var origin: Origin
    package var at: Timestamp
    /// −1 to 1.
    package var score: Double

    package init(origin: Origin, at: Timestamp, score: Double) {
        self.origin = origin
        self.at = at
        self.score = score
    }

    /// What a text counts among those of its kind: news 1, social max(1, likes + 2·reposts + replies).
    var weight: Double {
        switch origin {
        case .news: 1
        case .social(let likes, let reposts, let replies):
            max(1, Double(likes) + 2 * Double(reposts) + Double(replies))
        }
    }

    var isNews: Bool { origin == .news }
}

/// Tone of a symbol over a span of time.
package struct SymbolTone: Hashable, Sendable {
    /// Tone of one kind of text.
    package struct Part: Hashable, Sendable {
        /// Weighted mean of the texts, −1 to 1.
        package var score: Double
        package var texts: Int
        /// min(1, texts / full): how much there was to go by.
        package var confidence: Double
    }

    package static let newsWeight = 0.6
    package static let socialWeight = 0.4
    /// How many texts make full confidence.
    package static let fullNews = 100
    package static let fullSocial = 50

    /// `nil` where nothing was heard.
    package var news: Part?
    package var social: Part?

    /// Of texts with `from` <= time <= `to`; those without a finite score do not count.
    package init(of texts: some Sequence<HeardText>, from: Timestamp, to: Timestamp) {
        var heardNews = Sum()
        var heardSocial = Sum()
        for text in texts where text.at >= from && text.at <= to && text.score.isFinite {
            if text.isNews { heardNews.add(text) } else { heardSocial.add(text) }
        }
        news = heardNews.part(full: Self.fullNews)
        social = heardSocial.part(full: Self.fullSocial)
    }

    private struct Sum {
        var weighted = 0.0
        var weight = 0.0
        var count = 0

        mutating func add(_ text: HeardText) {
            weighted += text.weight * text.score
            weight += text.weight
            count += 1
        }

        func part(full: Int) -> Part? {
            guard count > 0 else { return nil }
            return Part(score: weighted / weight, texts: count, confidence: min(1, Double(count) / Double(full)))
        }
    }

    /// The last hour and the last day before `now`.
    package static func lastHourAndDay(of texts: [HeardText], now: Timestamp) -> (hour: SymbolTone, day: SymbolTone) {
        (
            SymbolTone(of: texts, from: now - .hours(1), to: now),
            SymbolTone(of: texts, from: now - .days(1), to: now)
        )
    }

    /// News 0.6 and social 0.4, renormalised over what was heard; `nil` when nothing was.
    package var score: Double? {
        switch (news, social) {
        case (let news?, let social?): Self.newsWeight * news.score + Self.socialWeight * social.score
        case (let only?, nil), (nil, let only?): only.score
        case (nil, nil): nil
        }
    }

    /// 0 to 1 by the same weights; a kind that was not heard adds none.
    package var confidence: Double {
        Self.newsWeight * (news?.confidence ?? 0) + Self.socialWeight * (social?.confidence ?? 0)
    }

    package var label: ToneLabel? { score.map(ToneLabel.init) }
}

/// Where the tone of a symbol is going.
package enum ToneTrend: String, Hashable, Sendable, Codable {
    case improving, steady, declining

    /// Mean of the last three scores minus mean of the three before: improving above 0.05, declining below −0.05. `nil`
    /// with fewer than six, oldest first.
    package init?(scores: [Double]) {
        guard let change = Self.change(of: scores) else { return nil }
        self = change > 0.05 ? .improving : change < -0.05 ? .declining : .steady
    }

    /// The difference that decides.
    package static func change(of scores: [Double]) -> Double? {
        guard scores.count >= 6 else { return nil }
        let last = scores.suffix(3).reduce(0, +) / 3
        let before = scores.dropLast(3).suffix(3).reduce(0, +) / 3
        return last - before
    }
}

extension ToneTrend {
    /// The score of each of the last 24 hours that had texts, oldest first.
    package static func hourlyScores(of texts: [HeardText], now: Timestamp) -> [Double] {
        (0..<24).reversed().compactMap { back in
            let end = now - .hours(Int64(back))
            // An hour's end belongs to it, its beginning to the one before.
            return SymbolTone(of: texts, from: end - .hours(1) + .milliseconds(1), to: end).score
        }
    }
}
