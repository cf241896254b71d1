package import Market
package import Transport

/// Active addresses of Bitcoin a day, from a chart API as blockchain.info has it.
/// https://www.blockchain.com/explorer/api/charts_api
package struct AddressesSource: PolledSource {
    package let source = DataSource.addresses
    package let interval = Duration.seconds(300)
    private let client: SourceClient
    private let bitcoin = Symbol("BTC")

    package init(baseURL: String, transport: any HTTPTransport, wallTime: any TimeSource = WallTime()) {
        client = SourceClient(baseURL: baseURL, transport: transport, wallTime: wallTime)
    }

    private struct Chart: Decodable, Sendable {
        struct Value: Decodable, Sendable {
            var x: LooseNumber
            var y: LooseNumber
        }
        var values: LossyList<Value>
    }

    /// Sixty days, one point a day: growth is measured against the mean of thirty.
    package mutating func poll() async throws(SourceFailure) -> Harvest {
        let answer = try await client.get(
            "/charts/n-unique-addresses?timespan=60days&format=json&sampled=false", label: "addresses chart")
        let chart = try SourceAnswer.decode(answer.body, as: Chart.self)
        var harvest = Harvest()
        if chart.values.dropped > 0 { harvest.malformed["bad_point"] = chart.values.dropped }
        for value in chart.values.elements.suffix(MediaLimits.entries) {
            guard value.y.value > 0, value.x.value > 0, value.x.value < 1e11 else {
                harvest.drop("bad_point")
                continue
            }
            let time = Timestamp(seconds: Int64(value.x.value))
            guard time <= client.now + MediaLimits.ahead else {
                harvest.drop("future")
                continue
            }
            harvest.points.append(
                DataPoint(
                    source: source, symbol: bitcoin, time: time, content: .network(.activeAddresses, value.y.value)))
        }
        return harvest
    }
}
