/// When rules must be looked at although nothing happened, earliest first. What is no longer true is found out then.
struct RuleDeadlines: Sendable {
    /// A binary heap: each entry is not after its two children, at 2i + 1 and 2i + 2.
    private var heap: [Deadline] = []
    /// Latest deadline of each place, so that the same one is entered once.
    private var entered: [Int: Deadline] = [:]

    struct Deadline: Comparable, Sendable {
        var time: Int64
        var slot: Int
        var generation: Int
        static func < (a: Deadline, b: Deadline) -> Bool { (a.time, a.slot) < (b.time, b.slot) }
    }

    var next: Int64? { heap.first?.time }

    mutating func add(_ deadline: Deadline) {
        guard entered[deadline.slot] != deadline else { return }
        entered[deadline.slot] = deadline
        heap.append(deadline)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the earliest out if it is not after `time`.
    mutating func take(through time: Int64) -> Deadline? {
        guard let first = heap.first, first.time <= time, let last = heap.popLast() else { return nil }
        if entered[first.slot] == first { entered[first.slot] = nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else { break }
            heap.swapAt(least, parent)
            parent = least
        }
        return first
    }
}
