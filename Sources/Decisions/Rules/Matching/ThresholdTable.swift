import Market
import People

/// A plain threshold as it is kept: everything but its text, which is written anew when it fires. 56 bytes.
struct ThresholdRecord: Sendable {
    var id: RuleID
    var owner: RecipientID
    var level: Double
    /// Unix milliseconds; `Int64.min` before the first firing.
    var lastFiredAt: Int64
    var number: Int32
    /// Number of the last firing; 0 before the first.
    var sequence: Int32
    /// −1 where nothing is kept any more.
    var market: Int32
    /// Seconds.
    var rest: UInt32
    /// Counts the rules that had this place, so that an old deadline is recognised.
    var generation: UInt16 = 0
    var comparison: Condition.Comparison
    var priority: Priority
    var once: Bool
    var phase: RuleState.Phase
    /// Restored or resumed: it was not watched until its next known evaluation.
    var wasUnobserved: Bool
    var isPaused: Bool

    var isWatched: Bool { market >= 0 && !isPaused }

    var state: RuleState.PerSymbol {
        get {
            RuleState.PerSymbol(
                phase: phase, lastFiredAt: lastFiredAt == .min ? nil : Timestamp(milliseconds: lastFiredAt))
        }
        set {
            phase = newValue.phase
            lastFiredAt = newValue.lastFiredAt?.milliseconds ?? .min
        }
    }

    var plain: PlainThreshold {
        PlainThreshold(
            comparison: comparison, level: level, rest: .seconds(Int64(rest)), once: once, priority: priority)
    }

    /// `nil` for a rule that does not fit: its numbers are too large, or its state is of another symbol or kind of rule.
    init?(_ rule: Rule, _ threshold: PlainThreshold, market: Int, of symbol: Symbol) {
        guard let number = Int32(exactly: rule.number), let sequence = Int32(exactly: rule.state.sequence) else {
            return nil
        }
        let stored = rule.state.symbols.isEmpty ? nil : rule.state.symbols[symbol.description]
        guard rule.state.symbols.count == (stored == nil ? 0 : 1), stored?.heldSince == nil else { return nil }
        id = rule.id
        owner = rule.owner
        level = threshold.level
        lastFiredAt = stored?.lastFiredAt?.milliseconds ?? .min
        self.number = number
        self.sequence = sequence
        self.market = Int32(market)
        rest = UInt32(threshold.rest.milliseconds / 1000)
        comparison = threshold.comparison
        priority = threshold.priority
        once = threshold.once
        phase = stored?.phase ?? .new
        wasUnobserved = phase != .new
        isPaused = rule.paused
    }
}

/// Every plain threshold, by place and by rule. It grows by chunks: nothing is ever copied because there are many.
struct ThresholdTable: Sendable {
    private static let chunkBits = 10
    private var chunks: [[ThresholdRecord]] = []
    private var free: [Int32] = []
    private var places = RuleDirectory()
    private(set) var count = 0

    subscript(index: Int) -> ThresholdRecord {
        get { chunks[index >> ThresholdTable.chunkBits][index & (1 << ThresholdTable.chunkBits - 1)] }
        _modify { yield &chunks[index >> ThresholdTable.chunkBits][index & (1 << ThresholdTable.chunkBits - 1)] }
    }

    func index(of rule: RuleID) -> Int? { places[rule.rawValue].map { Int($0) } }

    /// Returns the place.
    mutating func insert(_ record: ThresholdRecord) -> Int {
        let index: Int
        if let freed = free.popLast() {
            index = Int(freed)
            let generation = self[index].generation
            self[index] = record
            self[index].generation = generation &+ 1
        } else {
            if chunks.last.map({ $0.count == 1 << ThresholdTable.chunkBits }) ?? true {
                var chunk: [ThresholdRecord] = []
                chunk.reserveCapacity(1 << ThresholdTable.chunkBits)
                chunks.append(chunk)
            }
            chunks[chunks.count - 1].append(record)
            index = (chunks.count - 1) << ThresholdTable.chunkBits + chunks[chunks.count - 1].count - 1
        }
        places[record.id.rawValue] = Int32(index)
        count += 1
        return index
    }

    mutating func remove(at index: Int) {
        places[self[index].id.rawValue] = nil
        self[index].market = -1
        free.append(Int32(index))
        count -= 1
    }
}

/// Rules to places, in pages of neighbouring keys: the store counts rules up, so nearly every page is full, and a rule
/// costs four bytes.
struct RuleDirectory: Sendable {
    private static let pageBits: Int64 = 8
    private struct Page: Sendable {
        var places = [Int32](repeating: -1, count: 1 << RuleDirectory.pageBits)
        private var count = 0

        /// Returns how many are left.
        mutating func put(_ place: Int32, at index: Int) -> Int {
            count += (place < 0 ? 0 : 1) - (places[index] < 0 ? 0 : 1)
            places[index] = place
            return count
        }
    }
    private var pages: [Int64: Page] = [:]

    subscript(key: Int64) -> Int32? {
        get {
            guard let place = pages[key >> Self.pageBits]?.places[Int(key & (1 << Self.pageBits - 1))], place >= 0
            else { return nil }
            return place
        }
        set {
            let (number, index) = (key >> Self.pageBits, Int(key & (1 << Self.pageBits - 1)))
            if newValue == nil, self[key] == nil { return }
            if pages[number, default: Page()].put(newValue ?? -1, at: index) == 0 { pages[number] = nil }
        }
    }
}
