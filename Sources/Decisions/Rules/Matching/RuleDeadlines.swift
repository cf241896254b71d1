/// When rules must be looked at although nothing happened, earliest first. What is no longer true is found out then.
struct RuleDeadlines: Sendable {
    /// A binary heap: each entry is not after its two children, at 2i + 1 and 2i + 2.
    private var heap: [Deadline] = []
    /// Latest deadline of each place, so that the same one is entered once.
    private var entered: [RulePlace: Deadline] = [:]

    struct Deadline: Comparable, Sendable {
        var time: Int64
        var place: RulePlace
        var generation: Int
        static func < (a: Deadline, b: Deadline) -> Bool { (a.time, a.place) < (b.time, b.place) }
    }

    var next: Int64? { heap.first?.time }

    mutating func add(_ deadline: Deadline) {
        guard entered[deadline.place] != deadline else { return }
        entered[deadline.place] = deadline
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
        if entered[first.place] == first { entered[first.place] = nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < heap.count else { break }
            if least + 1 < heap.count, heap[least + 1] < heap[least] { least += 1 }
            guard heap[least] < heap[parent] else { break }
            heap.swapAt(least, parent)
            parent = least
        }
        return first
    }
}
