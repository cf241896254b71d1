/// A source of texts and figures beside the venues, as settings and `/ops sources` spell it.
package struct DataSource: Hashable, Sendable, Codable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name.lowercased() }
    package var description: String { name }

    package static let newsAPI = DataSource("newsapi")
    package static let coinDesk = DataSource("coindesk")
    package static let twitter = DataSource("twitter")
    package static let reddit = DataSource("reddit")
    package static let coinMarketCap = DataSource("coinmarketcap")
    package static let onChain = DataSource("onchain")
    package static let addresses = DataSource("addresses")
    package static let funding = DataSource("funding")

    package init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(String.self)) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

/// Something that a collector beside the venues found.
package struct DataPoint: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case text(MediaItem)
        /// Its author took it back; the id is the source's own.
        case retracted(id: String)
        case asset(AssetFigures)
        case network(NetworkFigure, Double)
        /// Rate of one funding period of the perpetual, as a fraction; positive is paid by longs.
        case funding(Double)
    }

    package var source: DataSource
    /// `nil` where it is found only by reading the text.
    package var symbol: Symbol?
    /// When it was said or measured.
    package var time: Timestamp
    package var content: Content

    package init(source: DataSource, symbol: Symbol? = nil, time: Timestamp, content: Content) {
        self.source = source
        self.symbol = symbol
        self.time = time
        self.content = content
    }
}

/// A headline or a post, as its source wrote it: untrusted text without markup.
package struct MediaItem: Hashable, Sendable {
    /// How much a post was noticed; news has none.
    package struct Engagement: Hashable, Sendable, Codable {
        package var likes: Int
        package var reposts: Int
        package var replies: Int
        package init(likes: Int, reposts: Int, replies: Int) {
            self.likes = likes
            self.reposts = reposts
            self.replies = replies
        }
    }

    /// The source's own id, unique within it.
    package var id: String
    package var title: String
    /// What follows the headline; empty for a post that is all title.
    package var text: String
    package var url: String?
    /// `nil` for news.
    package var engagement: Engagement?

    package init(id: String, title: String, text: String = "", url: String? = nil, engagement: Engagement? = nil) {
        self.id = id
        self.title = title
        self.text = text
        self.url = url
        self.engagement = engagement
    }
}

/// What an aggregator knows of an asset over all venues, in US dollars.
package struct AssetFigures: Hashable, Sendable {
    package var marketCap: Double
    package var volume24h: Double
    /// Coins in circulation.
    package var supply: Double?
    /// As fractions.
    package var change24h: Double?
    package var change7d: Double?

    package init(
        marketCap: Double, volume24h: Double, supply: Double? = nil, change24h: Double? = nil, change7d: Double? = nil
    ) {
        self.marketCap = marketCap
        self.volume24h = volume24h
        self.supply = supply
        self.change24h = change24h
        self.change7d = change7d
    }
}

/// A figure of a network.
package enum NetworkFigure: String, Hashable, Sendable, Codable, CaseIterable {
    /// Satoshi per virtual byte for the next block.
    case fastestFee = "fastest_fee"
    /// Satoshi per virtual byte for within an hour.
    case hourFee = "hour_fee"
    /// Hashes a second.
    case hashRate = "hash_rate"
    /// Transactions that wait.
    case mempoolCount = "mempool_count"
    /// Virtual bytes that wait.
    case mempoolSize = "mempool_size"
    /// Addresses that took part in a transaction that day.
    case activeAddresses = "active_addresses"
}

/// Where collectors beside the venues put what they found.
package protocol DataSink: Sendable {
    func send(_ points: [DataPoint]) async
}
