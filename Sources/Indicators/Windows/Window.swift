/// The latest `count` numbers, oldest first out.
struct Window: Sendable {
    private var storage: [Double]
    private var next = 0
    private(set) var isFull = false

    /// `count` ≥ 1.
    init(_ count: Int) { storage = [Double](repeating: 0, count: count) }

    var capacity: Int { storage.count }

    /// The number that the next `push` drops; meaningful once full.
    var oldest: Double { storage[next] }

    /// Adds a number in the place of the oldest.
    mutating func push(_ value: Double) {
        storage[next] = value
        next += 1
        if next == storage.count {
            next = 0
            isFull = true
        }
    }

    /// Calls `body` with each number, oldest first; only once full.
    func forEachOldestFirst(_ body: (Double) -> Void) {
        for index in next..<storage.count { body(storage[index]) }
        for index in 0..<next { body(storage[index]) }
    }
}
