package import Market

/// Two sources or no siren: a critical alert about a symbol that a second venue lists needs that venue's price within a
/// tolerance, after the usual difference between the two; else it goes as a move of one venue, at medium. When the second
/// venue follows within a while, the siren comes then, as an alert of its own.
///
/// The usual difference (basis) is the median of the latest hundred second prices over the primary price then. A plain
/// value without a clock: prices in, alerts out. What waits for the second venue can be told from the alerts that were
/// stored, so a restart goes on with it (`resume`).
package struct VenueAgreement: Sendable {
    /// A second price older than this says nothing.
    static let fresh = Span.seconds(60)
    /// A second venue that has been silent for this long counts as none, so that a source that broke cannot take every
    /// siren away.
    static let gone = Span.minutes(10)
    /// How long a second venue may take to follow.
    static let patience = Span.minutes(2)
    /// What the natural key of a siren has besides that of the move of one venue.
    package static let suffix = ":confirmed"
    /// Alerts that wait for a second venue, a symbol.
    static let most = 200
    /// Samples of the basis; with fewer than the least the venues are taken to agree when they quote the same.
    static let samples = 100
    static let leastSamples = 5

    /// Largest difference, as a fraction (`VENUE_TOLERANCE`).
    package let tolerance: Double
    private var tracks: [Symbol: Track] = [:]

    private struct Track: Sendable {
        var primary: Double?
        var second: Double?
        var secondAt: Timestamp?
        /// Latest differences in the order in which they came, and the same by size.
        var recent: [Double] = []
        var sorted: [Double] = []
        var waiting: [Alert] = []

        var basis: Double {
            guard sorted.count >= VenueAgreement.leastSamples else { return 0 }
            let middle = sorted.count / 2
            return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        }

        mutating func sample(_ difference: Double) {
            guard difference.isFinite else { return }
            if recent.count == VenueAgreement.samples {
                let oldest = recent.removeFirst()
                sorted.remove(at: place(of: oldest))
            }
            recent.append(difference)
            sorted.insert(difference, at: place(of: difference))
        }

        /// Index of the first value that is not smaller.
        private func place(of value: Double) -> Int {
            var low = 0
            var high = sorted.count
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle] < value { low = middle + 1 } else { high = middle }
            }
            return low
        }

        func agrees(tolerance: Double) -> Bool {
            guard let primary, let second, primary > 0 else { return false }
            return abs(second / (primary * (1 + basis)) - 1) <= tolerance
        }
    }

    package init(tolerance: Double) { self.tolerance = tolerance }

    /// The primary venue's price.
    package mutating func take(primary price: Double, of symbol: Symbol) {
        guard price.isFinite, price > 0 else { return }
        tracks[symbol, default: Track()].primary = price
    }

    /// A second venue's price. Returns the alerts that it confirms.
    package mutating func take(second quote: Quote) -> [Alert] {
        let price = quote.last.approximate
        guard price.isFinite, price > 0 else { return [] }
        var track = tracks[quote.symbol] ?? Track()
        track.second = price
        track.secondAt = quote.venueTime
        defer { tracks[quote.symbol] = track }
        var confirmed: [Alert] = []
        if !track.waiting.isEmpty {
            track.waiting.removeAll { quote.venueTime - $0.issuedAt > VenueAgreement.patience }
            if track.agrees(tolerance: tolerance) {
                confirmed = track.waiting.map(VenueAgreement.confirmed)
                track.waiting.removeAll()
            }
        }
        // While one venue moves alone the difference is news, not what is usual.
        if let primary = track.primary, track.waiting.isEmpty { track.sample(price / primary - 1) }
        return confirmed
    }

    /// The alert as it may go now.
    package mutating func judge(_ alert: Alert) -> Alert {
        guard alert.priority == .critical, let symbol = alert.symbol, var track = tracks[symbol],
            let secondAt = track.secondAt
        else { return alert }
        switch alert.body {
        case .ruleFired(let firing): if firing.late || firing.wasAlreadyTrue { return alert }
        case .opportunity: break
        case .system: return alert
        }
        let age = alert.issuedAt - secondAt
        if age > VenueAgreement.gone { return alert }
        if age <= VenueAgreement.fresh, track.agrees(tolerance: tolerance) { return alert }
        if track.waiting.count < VenueAgreement.most { track.waiting.append(alert) }
        tracks[symbol] = track
        var alone = alert
        alone.priority = .medium
        alone.venues = .one
        return alone
    }

    /// Goes on waiting with what an earlier process sent as a move of one venue. What the other venue reaches too late
    /// confirms none of it, as ever.
    package mutating func resume(_ sent: [Alert]) {
        for alone in sent where alone.venues == .one {
            guard let symbol = alone.symbol else { continue }
            var track = tracks[symbol] ?? Track()
            guard track.waiting.count < VenueAgreement.most else { continue }
            var siren = alone
            siren.priority = .critical
            siren.venues = nil
            track.waiting.append(siren)
            tracks[symbol] = track
        }
    }

    private static func confirmed(_ alert: Alert) -> Alert {
        var alert = alert
        alert.naturalKey += VenueAgreement.suffix
        alert.venues = .confirmed
        return alert
    }
}
