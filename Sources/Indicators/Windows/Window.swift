/// The latest `count` numbers in a ring.
struct Window: Sendable {
    private var storage: [Double]
    private var next = 0
    private(set) var isFull = false

    /// `count` ≥ 1.
    init(_ count: Int) { storage = [Double](repeating: 0, count: count) }

    /// Once full: the number that came count − 1 before the newest, and that the next `push` replaces.
    var oldest: Double { storage[next] }

    mutating func push(_ value: Double) {
        storage[next] = value
        next += 1
        if next == storage.count {
            next = 0
            isFull = true
        }
    }

    /// The numbers by their place in the ring, not by age.
    var unordered: [Double] { storage }

    /// The same, in place.
    @inline(__always) func withNumbers<Result>(_ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
        storage.withUnsafeBufferPointer(body)
    }

    /// Calls `body` with each number and its age (0 is the newest), oldest first; only once full.
    func forEachOldestFirst(_ body: (Double, Int) -> Void) {
        var age = storage.count
        for index in next..<storage.count {
            age -= 1
            body(storage[index], age)
        }
        for index in 0..<next {
            age -= 1
            body(storage[index], age)
        }
    }
}
