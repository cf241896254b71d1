import Market
import Testing
import Turns

@testable import Sentiment

@Suite("Tone of texts and symbols", .oneAtATime)
struct ToneTests {
    private func tone(_ vader: Double, _ vocabulary: Double, _ finbert: Double?) -> TextTone {
        TextTone(
            vader: VaderScores(negative: 0, neutral: 1, positive: 0, compound: vader), vocabulary: vocabulary,
            finbert: finbert)
    }

    @Test("three votes weigh 0.4, 0.3 and 0.3; without FinBERT the other two half each")
    func votes() {
        #expect(abs(tone(0.5, 1, -0.25).score - (0.4 * -0.25 + 0.3 * 0.5 + 0.3)) < 1e-12)
        #expect(abs(tone(0.5, 1, nil).score - 0.75) < 1e-12)
        #expect(tone(0, 0, nil).voters == [.vader, .vocabulary])
        #expect(tone(0, 0, 0).voters == [.finbert, .vader, .vocabulary])
    }

    @Test(
        "bullish above 0.1, bearish below -0.1",
        arguments: [(0.1, ToneLabel.neutral), (0.1001, .bullish), (-0.1, .neutral), (-0.1001, .bearish), (0, .neutral)])
    func labels(score: Double, label: ToneLabel) { #expect(ToneLabel(score: score) == label) }

    @Test("a text is heard by VADER and the vocabulary")
    func analyzer() {
        let tone = ToneAnalyzer().tone(of: "Bitcoin rallies, a great day")
        #expect(tone.vader.compound > 0.5 && tone.vocabulary > 0.5 && tone.finbert == nil && tone.label == .bullish)
    }

    private let now = Timestamp(seconds: 1_700_000_000)

    @Test("news count alike, social texts by how much they were noticed")
    func weights() throws {
        let texts = [
            HeardText(origin: .news, at: now - .minutes(5), score: 0.2),
            HeardText(origin: .news, at: now - .minutes(30), score: 0.6),
            HeardText(origin: .social(likes: 0, reposts: 0, replies: 0), at: now, score: 1),
            HeardText(origin: .social(likes: 3, reposts: 2, replies: 1), at: now - .hours(1), score: -0.5),
            HeardText(origin: .news, at: now - .hours(2), score: -1),
            HeardText(origin: .news, at: now - .days(2), score: -1),
            HeardText(origin: .news, at: now + .seconds(1), score: -1),
            HeardText(origin: .news, at: now, score: .nan),
        ]
        let (hour, day) = SymbolTone.lastHourAndDay(of: texts, now: now)
        let (news, social) = (try #require(hour.news), try #require(hour.social))
        #expect(abs(news.score - 0.4) < 1e-12)
        #expect(news.texts == 2 && news.confidence == 0.02)
        #expect(abs(social.score - (1 - 0.5 * 8) / 9) < 1e-12)
        #expect(social.texts == 2 && social.confidence == 0.04)
        #expect(abs(try #require(hour.score) - (0.6 * news.score + 0.4 * social.score)) < 1e-12)
        #expect(abs(hour.confidence - (0.6 * 0.02 + 0.4 * 0.04)) < 1e-12)
        #expect(day.news?.texts == 3)
    }

    @Test("a kind that was not heard leaves its weight to the other; none heard is no tone")
    func absent() {
        let only = SymbolTone(
            of: [HeardText(origin: .news, at: now, score: -0.3)], from: now, to: now)
        #expect(only.score == -0.3 && only.label == .bearish && only.social == nil)
        let none = SymbolTone(of: [HeardText](), from: now, to: now)
        #expect(none.score == nil && none.label == nil && none.confidence == 0)
        let many = SymbolTone(
            of: (0..<150).map { _ in HeardText(origin: .news, at: now, score: 0) }, from: now, to: now)
        #expect(many.news?.confidence == 1)
    }

    @Test("the trend compares the last three scores with the three before")
    func trend() {
        #expect(ToneTrend(scores: [9, 0, 0, 0, 0.1, 0.1, 0.1]) == .improving)
        #expect(ToneTrend(scores: [0.2, 0.2, 0.2, 0.1, 0.1, 0.1]) == .declining)
        #expect(ToneTrend(scores: [0, 0, 0, 0.04, 0.05, 0.06 - 0.001]) == .steady)
        #expect(ToneTrend(scores: [0, 0, 0, 1, 1]) == nil)
    }
}
