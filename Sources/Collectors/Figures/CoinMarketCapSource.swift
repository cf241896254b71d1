package import Market
package import Transport

/// Market cap, global volume, supply and changes of the watched assets. https://coinmarketcap.com/api/documentation/v1
package struct CoinMarketCapSource: PolledSource {
    package let source = DataSource.coinMarketCap
    package let interval = Duration.seconds(300)
    private static let mostSymbols = 500

    private let client: SourceClient
    private let key: String
    private let watched: @Sendable () -> [Symbol]

    /// - Parameter watched: the symbols whose base assets are asked for.
    package init(
        baseURL: String, key: String, watched: @escaping @Sendable () -> [Symbol], transport: any HTTPTransport,
        wallTime: any TimeSource = WallTime()
    ) {
        client = SourceClient(baseURL: baseURL, transport: transport, wallTime: wallTime)
        self.key = key
        self.watched = watched
    }

    struct Coin: Decodable, Sendable {
        struct Quotes: Decodable, Sendable { var USD: Quote }
        struct Quote: Decodable, Sendable {
            var volume_24h: LooseNumber?
            var market_cap: LooseNumber?
            var percent_change_24h: LooseNumber?
            var percent_change_7d: LooseNumber?
            var last_updated: String?
        }
        var symbol: String
        var cmc_rank: Int?
        var circulating_supply: LooseNumber?
        var quote: Quotes
    }

    /// Coins by their ticker; several share one, and then it is a list.
    private struct BySymbol: Decodable, Sendable {
        struct OneOrMore: Decodable, Sendable {
            var coins: [Coin]
            var dropped = 0
            init(from decoder: any Decoder) throws {
                if let list = try? LossyList<Coin>(from: decoder) {
                    coins = list.elements
                    dropped = list.dropped
                } else {
                    coins = [try Coin(from: decoder)]
                }
            }
        }
        var data: [String: OneOrMore]
    }

    private struct Ranked: Decodable, Sendable { var data: LossyList<Coin> }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        let bases = Array(Set(watched().map(\.base)).sorted().prefix(Self.mostSymbols))
        guard !bases.isEmpty else { return Harvest() }
        var harvest = Harvest()
        let coins: [Coin]
        do throws(SourceFailure) {
            let answer = try await ask(
                "/v2/cryptocurrency/quotes/latest?symbol=\(bases.joined(separator: ","))&convert=USD&skip_invalid=true")
            let read = try SourceAnswer.decode(answer.body, as: BySymbol.self)
            coins = read.data.values.flatMap(\.coins)
            for one in read.data.values where one.dropped > 0 {
                harvest.malformed["bad_coin", default: 0] += one.dropped
            }
        } catch {
            // Plans and look-alikes without that question have the list.
            guard case .rejected(404) = error else { throw error }
            let answer = try await ask("/v1/cryptocurrency/listings/latest?limit=500&convert=USD")
            let read = try SourceAnswer.decode(answer.body, as: Ranked.self)
            coins = read.data.elements
            if read.data.dropped > 0 { harvest.malformed["bad_coin"] = read.data.dropped }
        }
        // Of those that share a ticker the one of the best rank is meant.
        let wanted = Set(bases)
        var seen: Set<String> = []
        for coin in coins.sorted(by: { ($0.cmc_rank ?? .max) < ($1.cmc_rank ?? .max) }) {
            let ticker = coin.symbol.uppercased()
            guard wanted.contains(ticker), let symbol = Symbol(ticker), seen.insert(ticker).inserted else { continue }
            take(coin, symbol, into: &harvest)
        }
        return harvest
    }

    private func ask(_ path: String) async throws(SourceFailure) -> HTTPAnswer {
        try await client.get(
            path, headers: [("X-CMC_PRO_API_KEY", key), ("Accept", "application/json")], label: "coinmarketcap quotes")
    }

    private func take(_ coin: Coin, _ symbol: Symbol, into harvest: inout Harvest) {
        let quote = coin.quote.USD
        // Without a verified supply the market cap is 0: unknown, not worthless.
        guard let cap = quote.market_cap?.value, cap > 0 else { return harvest.drop("no_market_cap") }
        guard let volume = quote.volume_24h?.value, volume >= 0 else { return harvest.drop("bad_volume") }
        let time = quote.last_updated.flatMap(FeedDate.parse) ?? client.now
        if let fault = MediaLimits.fault(of: time, now: client.now) { return harvest.drop(fault) }
        harvest.points.append(
            DataPoint(
                source: source, symbol: symbol, time: min(time, client.now),
                content: .asset(
                    AssetFigures(
                        marketCap: cap, volume24h: volume, supply: coin.circulating_supply?.value,
                        change24h: quote.percent_change_24h.map { $0.value / 100 },
                        change7d: quote.percent_change_7d.map { $0.value / 100 }))))
    }
}
