package import Market
package import Transport

/// Funding rates of Binance's perpetuals, all in one answer.
/// https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Mark-Price
package struct FundingSource: PolledSource {
    package let source = DataSource.funding
    package let interval = Duration.seconds(300)
    private let client: SourceClient
    private let watched: @Sendable () -> [(pair: String, symbol: Symbol)]

    /// - Parameters:
    ///   - spotURL: `BINANCE_API_URL`. The official one has its futures on a host of their own; another address is asked
    ///     for both.
    ///   - watched: the watched symbols with their pairs as the venue spells them.
    package init(
        spotURL: String, watched: @escaping @Sendable () -> [(pair: String, symbol: Symbol)],
        transport: any HTTPTransport, wallTime: any TimeSource = WallTime()
    ) {
        let url = spotURL == "https://api.binance.com" ? "https://fapi.binance.com" : spotURL
        client = SourceClient(baseURL: url, transport: transport, wallTime: wallTime)
        self.watched = watched
    }

    private struct Premium: Decodable, Sendable {
        var symbol: String
        var lastFundingRate: LooseNumber?
        var time: LooseNumber?
    }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        let wanted = Dictionary(watched().map { ($0.pair, $0.symbol) }, uniquingKeysWith: { first, _ in first })
        let answer: HTTPAnswer
        do throws(SourceFailure) {
            answer = try await client.get("/fapi/v1/premiumIndex", label: "binance funding")
        } catch {
            // The futures are closed to more countries than the spot market.
            if case .unauthorized(403) = error { throw .refused(status: 403) }
            throw error
        }
        let list = try SourceAnswer.decode(answer.body, as: LossyList<Premium>.self)
        var harvest = Harvest()
        if list.dropped > 0 { harvest.malformed["bad_rate"] = list.dropped }
        for premium in list.elements {
            guard let symbol = wanted[premium.symbol], let rate = premium.lastFundingRate?.value else { continue }
            // A period never costs more than a few percent; anything else is an error of the venue.
            guard abs(rate) < 0.1 else {
                harvest.drop("absurd_rate")
                continue
            }
            let time = premium.time.map { Timestamp(milliseconds: Int64($0.value)) } ?? client.now
            guard time <= client.now + MediaLimits.ahead, time > client.now - .hours(1) else {
                harvest.drop("clock_skew")
                continue
            }
            harvest.points.append(DataPoint(source: source, symbol: symbol, time: time, content: .funding(rate)))
        }
        return harvest
    }
}
