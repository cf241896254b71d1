/// Highest or lowest of the latest n numbers. Among equals the newest counts.
///
/// Keeps the numbers that may still become the extreme, best first (a monotone queue in a ring), so that a number is
/// entered and removed at most once.
struct Extreme: Sendable {
    enum Kind: Double, Sendable {
        case highest = 1
        case lowest = -1
    }

    private let sign: Double
    /// Numbers times `sign`, falling.
    private var candidates: [Double]
    private var positions: [Int]
    private var head = 0
    private var size = 0
    private var position = -1

    init(_ kind: Kind, of count: Int) {
        sign = kind.rawValue
        candidates = [Double](repeating: 0, count: count)
        positions = [Int](repeating: 0, count: count)
    }

    mutating func push(_ value: Double) {
        let count = candidates.count
        let value = value * sign
        position += 1
        if size > 0, positions[head] <= position - count {
            head = head + 1 == count ? 0 : head + 1
            size -= 1
        }
        var end = head + size
        if end >= count { end -= count }
        while size > 0 {
            let last = end == 0 ? count - 1 : end - 1
            guard candidates[last] <= value else { break }
            end = last
            size -= 1
        }
        candidates[end] = value
        positions[end] = position
        size += 1
    }

    /// `nil` until n numbers came.
    var value: Double? { position + 1 >= candidates.count ? candidates[head] * sign : nil }

    /// How many numbers came after the extreme: 0 when it is the newest.
    var age: Int { position - positions[head] }
}
