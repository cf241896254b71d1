/// Columns of results, made in one go without filling them first.
enum ColumnWriter {
    /// `fill` gets the memory of `width` columns of `count` numbers and must write all of it.
    static func columns(_ width: Int, count: Int, _ fill: ([UnsafeMutablePointer<Double>]) -> Void) -> [[Double]] {
        var done: [[Double]] = []
        func grow(_ pointers: [UnsafeMutablePointer<Double>]) {
            guard pointers.count < width else { return fill(pointers) }
            done.append(
                [Double](unsafeUninitializedCapacity: count) { buffer, used in
                    if let base = buffer.baseAddress { grow(pointers + [base]) }
                    used = count
                })
        }
        if count > 0 { grow([]) }
        // The innermost is finished first.
        return count > 0 ? done.reversed() : Array(repeating: [], count: width)
    }

    /// One column.
    static func column(_ count: Int, _ fill: (UnsafeMutablePointer<Double>) -> Void) -> [Double] {
        [Double](unsafeUninitializedCapacity: count) { buffer, used in
            if count > 0, let base = buffer.baseAddress { fill(base) }
            used = count
        }
    }
}

extension UnsafeMutablePointer<Double> {
    /// The undefined rows at the head of a column.
    @inline(__always) func leadIn(_ rows: Int) { update(repeating: .nan, count: rows) }
}
