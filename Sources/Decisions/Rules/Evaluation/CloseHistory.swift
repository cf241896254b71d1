/// Closes by close time, oldest first, as far back as somebody asks: what `change` looks its anchor up in.
struct CloseHistory: Sendable {
    private var times: [Int64] = []
    private var closes: [Double] = []
    private var head = 0
    /// How far back from the newest close entries stay, in milliseconds; one older entry stays, too.
    var reach: Int64 = 0
    /// Close time of the first entry ever: the series covers everything since.
    private(set) var began: Int64?

    var last: Int64? { times.last }

    /// Times must rise; an older one is left out.
    mutating func append(_ close: Double, at time: Int64) {
        if let last = times.last, time <= last { return }
        if began == nil { began = time }
        times.append(time)
        closes.append(close)
        while head + 1 < times.count, times[head + 1] <= time - reach { head += 1 }
        if head > 1024, head > times.count / 2 {
            times.removeFirst(head)
            closes.removeFirst(head)
            head = 0
        }
    }

    /// The last close at or before `time`, not a number where that is older than `limit`.
    func close(at time: Int64, limit: Int64) -> Double {
        // Invariant: entries before `low` are at or before `time`, those from `high` on are after it.
        var low = head
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= time { low = middle + 1 } else { high = middle }
        }
        guard low > head, time - times[low - 1] <= limit else { return .nan }
        return closes[low - 1]
    }
}

/// Highest of the values of a span that ends now, with constant amortised work: values that a later, higher one hides
/// are dropped at once.
struct SlidingMaximum: Sendable {
    /// Milliseconds.
    let span: Int64
    private var times: [Int64] = []
    private var values: [Double] = []
    private var head = 0

    init(span: Int64) { self.span = span }

    mutating func append(_ value: Double, at time: Int64) {
        while let last = values.last, values.count > head, last <= value {
            values.removeLast()
            times.removeLast()
        }
        values.append(value)
        times.append(time)
        while head < times.count, times[head] <= time - span { head += 1 }
        if head > 1024, head > times.count / 2 {
            times.removeFirst(head)
            values.removeFirst(head)
            head = 0
        }
    }

    /// Over the values after `now` − span; not a number when there is none.
    func value(at now: Int64) -> Double {
        var index = head
        while index < times.count, times[index] <= now - span { index += 1 }
        return index < times.count ? values[index] : .nan
    }
}
