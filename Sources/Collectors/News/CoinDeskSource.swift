package import Market
package import Transport

/// CoinDesk's feed, or any other that `COINDESK_RSS_URL` names. Asked conditionally: an unchanged feed costs nothing.
package struct CoinDeskSource: PolledSource {
    package let source = DataSource.coinDesk
    package let interval = Duration.seconds(600)
    private var client: SourceClient

    package init(url: String, transport: any HTTPTransport, wallTime: any TimeSource = WallTime()) {
        // The slash at the end of the address belongs to it.
        client = SourceClient(baseURL: url, transport: transport, wallTime: wallTime, isWhole: true)
    }

    package mutating func poll() async throws(SourceFailure) -> Harvest {
        guard let answer = try await client.getIfChanged("", label: "coindesk feed") else { return Harvest() }
        let entries: [FeedEntry]
        do throws(FrameFault) { entries = try FeedReader.read(answer.body) } catch { throw .malformed(error) }
        var harvest = Harvest()
        for entry in entries { take(entry, into: &harvest) }
        return harvest
    }

    private func take(_ entry: FeedEntry, into harvest: inout Harvest) {
        let title = PlainText.of(entry.title, limit: MediaLimits.title)
        guard !title.isEmpty else { return harvest.drop("no_title") }
        guard let time = FeedDate.parse(entry.date) else { return harvest.drop("bad_time") }
        if let fault = MediaLimits.fault(of: time, now: client.now) { return harvest.drop(fault) }
        let link = MediaLimits.link(entry.link) ?? MediaLimits.link(entry.id)
        guard let id = entry.id.isEmpty ? link : entry.id else { return harvest.drop("no_id") }
        harvest.points.append(
            DataPoint(
                source: source, time: min(time, client.now),
                content: .text(
                    MediaItem(
                        id: String(id.prefix(300)), title: title,
                        text: PlainText.of(entry.summary, limit: MediaLimits.text), url: link))))
    }
}
