import Market
import Support
import Testing
import Transport
import Turns

@testable import Collectors

@Suite("Sources of figures", .oneAtATime, .timeLimit(.minutes(1)))
struct FigureSourceTests {
    private let btc = Symbol("BTC")
    private let eth = Symbol("ETH")

    private func market(_ rig: SourceRig) -> CoinMarketCapSource {
        CoinMarketCapSource(
            baseURL: rig.fake.url, key: "c4p",
            watched: { [Symbol("BTC"), Symbol("ETH"), Symbol("ETH/BTC")].compactMap { $0 } },
            transport: rig.http, wallTime: rig.time)
    }

    private static func coin(_ symbol: String, rank: Int, cap: String) -> String {
        """
        {"symbol":"\(symbol)","cmc_rank":\(rank),"circulating_supply":19974462,"quote":{"USD":{"market_cap":\(cap),
         "volume_24h":3.0e10,"percent_change_24h":-1.5,"percent_change_7d":4,"last_updated":"2026-01-11T08:29:00.000Z"}}}
        """
    }

    @Test("of coins that share a ticker the best ranked counts; without a market cap nothing is said")
    func quotes() async throws {
        try await SourceRig.run { rig in
            rig.fake.give(
                "/v2/cryptocurrency/quotes/latest",
                json: """
                    {"status":{"error_code":0},"data":{"BTC":[\(Self.coin("BTC", rank: 900, cap: "5")),
                    \(Self.coin("BTC", rank: 1, cap: "1.8e12"))],"ETH":\(Self.coin("ETH", rank: 2, cap: "0"))}}
                    """)
            var source = market(rig)
            let harvest = try await source.poll()
            #expect(
                harvest.points == [
                    DataPoint(
                        source: .coinMarketCap, symbol: btc, time: Timestamp(seconds: 1_768_120_140),
                        content: .asset(
                            AssetFigures(
                                marketCap: 1.8e12, volume24h: 3e10, supply: 19_974_462, change24h: -0.015,
                                change7d: 0.04)))
                ])
            #expect(harvest.malformed == ["no_market_cap": 1])
            let request = try #require(rig.fake.requests.first)
            #expect(request.query["symbol"] == "BTC,ETH" && request.header("X-CMC_PRO_API_KEY") == "c4p")
        }
    }

    @Test("where only the list is served, the list is read")
    func listings() async throws {
        try await SourceRig.run { rig in
            rig.fake.give(
                "/v1/cryptocurrency/listings/latest",
                json:
                    "{\"data\":[\(Self.coin("ETH", rank: 2, cap: "4e11")),\(Self.coin("XRP", rank: 3, cap: "1e11")),{}]}"
            )
            var source = market(rig)
            let harvest = try await source.poll()
            #expect(harvest.points.map(\.symbol) == [eth])
            #expect(harvest.malformed == ["bad_coin": 1])
        }
    }

    @Test("fees, hash rate and waiting transactions of the network")
    func network() async throws {
        try await SourceRig.run { rig in
            rig.fake.give("/api/v1/fees/recommended", json: "{\"fastestFee\":12,\"halfHourFee\":9,\"hourFee\":7.5}")
            rig.fake.give("/api/mempool", json: "{\"count\":45123,\"vsize\":33000000,\"total_fee\":1}")
            rig.fake.give("/api/v1/mining/hashrate/3d", json: "{\"currentHashrate\":1.12e21,\"hashrates\":[]}")
            var source = MempoolSource(baseURL: rig.fake.url, transport: rig.http, wallTime: rig.time)
            let harvest = try await source.poll()
            let found = harvest.points.compactMap { point -> String? in
                guard case .network(let figure, let value) = point.content else { return nil }
                return "\(figure.rawValue) \(value)"
            }
            #expect(
                Set(found) == [
                    "fastest_fee 12.0", "hour_fee 7.5", "mempool_count 45123.0", "mempool_size 33000000.0",
                    "hash_rate 1.12e+21",
                ])
            rig.fake.give("/api/mempool", json: "{\"count\":\"many\",\"vsize\":1}")
            #expect(await failure(of: source) == .malformed(.notJSON))
        }
    }

    @Test("active addresses come a point a day; absurd ones are left out")
    func addresses() async throws {
        try await SourceRig.run { rig in
            rig.fake.give(
                "/charts/n-unique-addresses",
                json: """
                    {"status":"ok","values":[{"x":1767916800,"y":510000},{"x":1768003200,"y":0},{"x":1768003200,"y":512345},
                    {"x":1799999999,"y":1},{"y":3}]}
                    """)
            var source = AddressesSource(baseURL: rig.fake.url, transport: rig.http, wallTime: rig.time)
            let harvest = try await source.poll()
            #expect(
                harvest.points.map(\.content) == [
                    .network(.activeAddresses, 510_000), .network(.activeAddresses, 512_345),
                ])
            #expect(harvest.malformed == ["bad_point": 2, "future": 1])
        }
    }

    @Test("funding of the watched symbols; a futures market that is closed to the country says so")
    func funding() async throws {
        try await SourceRig.run { rig in
            rig.fake.give(
                "/fapi/v1/premiumIndex",
                json: """
                    [{"symbol":"BTCUSDT","lastFundingRate":"0.00010000","time":1768120190000},
                     {"symbol":"DOGEUSDT","lastFundingRate":"0.00010000","time":1768120190000},
                     {"symbol":"ETHUSDT","lastFundingRate":"7","time":1768120190000}]
                    """)
            var source = FundingSource(
                spotURL: rig.fake.url,
                watched: {
                    [("BTCUSDT", btc), ("ETHUSDT", eth)].compactMap { pair, symbol in symbol.map { (pair, $0) } }
                },
                transport: rig.http, wallTime: rig.time)
            let harvest = try await source.poll()
            #expect(harvest.points.map(\.content) == [.funding(0.0001)])
            #expect(harvest.points.map(\.symbol) == [btc])
            #expect(harvest.malformed == ["absurd_rate": 1])
            rig.fake.fail(with: LoopbackResponse(status: 403))
            #expect(await failure(of: source) == .refused(status: 403))
        }
    }
}
