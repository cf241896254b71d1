/// Sum of the latest n numbers without ever subtracting, so that a huge number leaves nothing behind when it goes and a
/// window of zeros sums to exactly 0.
///
/// Numbers come in blocks of n. `suffixes` holds, for the block before, the sum from each place to its end; `prefix` the
/// sum of the block that is filling. A window is the tail of one and all of the other. Each number is added twice.
struct ExactWindowSum: Sendable {
    private var block: [Double]
    private var suffixes: [Double]
    private var filled = 0
    private var prefix = 0.0
    private var isSecondBlock = false

    init(_ count: Int) {
        block = [Double](repeating: 0, count: count)
        suffixes = block
    }

    /// `nil` until n numbers came.
    mutating func update(_ value: Double) -> Double? {
        block[filled] = value
        filled += 1
        prefix += value
        guard filled == block.count else { return isSecondBlock ? suffixes[filled] + prefix : nil }
        let sum = prefix
        var running = 0.0
        for index in block.indices.reversed() {
            running += block[index]
            suffixes[index] = running
        }
        filled = 0
        prefix = 0
        isSecondBlock = true
        return sum
    }
}
