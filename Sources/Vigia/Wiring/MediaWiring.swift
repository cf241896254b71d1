import Chat
import Collectors
import Foundation
import Logging
import Market
import Sentiment
import ServiceLifecycle
import Storage

/// Sources of texts and figures beside the venues: each on when its key is set, or needs none.
struct MediaWiring {
    let services: [any Service]
    let texts: TextDesk

    private struct Planned {
        var source: any PolledSource
        /// Setting without which it is off.
        var missing: String?
    }

    init(_ base: Foundations, health: any MarketSink, told: @escaping @Sendable ([MarketReading]) async -> Void)
        async throws
    {
        let store = SQLTextStore(base.database)
        let finbert: FinBERT?
        do { finbert = try base.settings["FINBERT_PATH"].map { try FinBERT(folder: URL(fileURLWithPath: $0)) } } catch {
            throw CommandFailure("FINBERT_PATH: \(error)", code: 2)
        }
        let desk = MediaDesk(
            store: store, analyzer: ToneAnalyzer(finbert: finbert), wall: base.wall, ruleTime: base.ruleTime,
            logger: base.logger("vigia.media"), told: told)
        let planned = Self.planned(base)
        for off in planned {
            guard let missing = off.missing else { continue }
            await health.send(
                .health(SourceHealth(source: off.source.source.name, state: .off, detail: "\(missing) is not set")))
        }
        let pollers = planned.filter { $0.missing == nil }.map {
            SourcePoller($0.source, points: desk, health: health, wallTime: base.wall)
        }
        let watchList = base.watchList
        services = pollers + [ToneClock(desk: desk, watched: { watchList.symbols })]
        let ofTexts: Set<DataSource> = [.newsAPI, .coinDesk, .twitter, .reddit]
        texts = TextDesk(
            store: store, hasFinBERT: finbert != nil,
            sources: planned.filter { ofTexts.contains($0.source.source) }.map { ($0.source.source.name, $0.missing) })
    }

    private static func planned(_ base: Foundations) -> [Planned] {
        let (settings, http, wall) = (base.settings, base.transport, base.wall)
        let watchList = base.watchList
        let directory = base.directory
        let watched: @Sendable () -> [Symbol] = { watchList.symbols }
        // Names of coins rather than tickers: a ticker alone is a word of every language.
        let keywords: @Sendable () -> [String] = {
            let names = Dictionary(CoinNames.tickers.map { ($1, $0) }, uniquingKeysWith: { min($0, $1) })
            return ["bitcoin", "ethereum"] + watchList.symbols.compactMap { names[$0.base] }.sorted()
        }
        func key(_ name: String) -> (value: String, missing: String?) {
            settings[name].map { ($0, nil) } ?? ("", name)
        }
        let news = key("NEWS_API_KEY")
        let twitter = key("TWITTER_BEARER_TOKEN")
        let market = key("COINMARKETCAP_API_KEY")
        let reddit = settings["REDDIT_CLIENT_ID"].map {
            RedditSource.Credentials(id: $0, secret: settings["REDDIT_CLIENT_SECRET"] ?? "")
        }
        return [
            Planned(
                source: NewsAPISource(
                    baseURL: settings.text("NEWS_API_URL"), key: news.value, keywords: keywords, transport: http,
                    wallTime: wall), missing: news.missing),
            Planned(
                source: CoinDeskSource(url: settings.text("COINDESK_RSS_URL"), transport: http, wallTime: wall)),
            Planned(
                source: TwitterSource(
                    baseURL: settings.text("TWITTER_API_URL"), token: twitter.value, keywords: keywords,
                    transport: http, wallTime: wall), missing: twitter.missing),
            Planned(
                source: RedditSource(
                    baseURL: settings.text("REDDIT_API_URL"), credentials: reddit, version: Version.text,
                    transport: http, wallTime: wall)),
            Planned(
                source: CoinMarketCapSource(
                    baseURL: settings.text("COINMARKETCAP_API_URL"), key: market.value, watched: watched,
                    transport: http, wallTime: wall), missing: market.missing),
            Planned(
                source: MempoolSource(baseURL: settings.text("ONCHAIN_API_URL"), transport: http, wallTime: wall)),
            Planned(
                source: AddressesSource(baseURL: settings.text("ADDRESSES_API_URL"), transport: http, wallTime: wall)),
            Planned(
                source: FundingSource(
                    spotURL: settings.text("BINANCE_API_URL"),
                    watched: {
                        watchList.symbols.map { symbol in
                            let pair = directory.pair(of: symbol)
                            return (pair.base + pair.quote, symbol)
                        }
                    }, transport: http, wallTime: wall)),
        ]
    }
}
