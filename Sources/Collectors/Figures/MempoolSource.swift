package import Market
package import Transport

/// Fees, hash rate and the pool of waiting transactions of Bitcoin, as mempool.space tells them.
/// https://mempool.space/docs/api/rest
package struct MempoolSource: PolledSource {
    package let source = DataSource.onChain
    package let interval = Duration.seconds(300)
    private let client: SourceClient
    private let bitcoin = Symbol("BTC")

    package init(baseURL: String, transport: any HTTPTransport, wallTime: any TimeSource = WallTime()) {
        client = SourceClient(baseURL: baseURL, transport: transport, wallTime: wallTime)
    }

    private struct Fees: Decodable, Sendable {
        var fastestFee: LooseNumber
        var hourFee: LooseNumber
    }

    private struct Pool: Decodable, Sendable {
        var count: LooseNumber
        var vsize: LooseNumber
    }

    private struct HashRate: Decodable, Sendable { var currentHashrate: LooseNumber }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        let fees = try await ask("/api/v1/fees/recommended", as: Fees.self)
        let pool = try await ask("/api/mempool", as: Pool.self)
        let rate = try await ask("/api/v1/mining/hashrate/3d", as: HashRate.self)
        var harvest = Harvest()
        let figures: [(NetworkFigure, Double)] = [
            (.fastestFee, fees.fastestFee.value), (.hourFee, fees.hourFee.value), (.mempoolCount, pool.count.value),
            (.mempoolSize, pool.vsize.value), (.hashRate, rate.currentHashrate.value),
        ]
        for (figure, value) in figures {
            guard value >= 0 else {
                harvest.drop("negative")
                continue
            }
            harvest.points.append(
                DataPoint(source: source, symbol: bitcoin, time: client.now, content: .network(figure, value)))
        }
        return harvest
    }

    private func ask<T: Decodable & Sendable>(_ path: String, as type: T.Type) async throws(SourceFailure) -> T {
        try SourceAnswer.decode(try await client.get(path, label: "onchain figures").body, as: type)
    }
}
