/// The false break out of an inside candle, and its confirmation within three candles.
///
/// At the false break the value is ±100. If one of the next three closes comes back beyond the inside candle, it is ±200
/// there, once; a new false break goes before an old one. Told from the window alone, without memory.
enum HikkakePatterns {
    @inline(__always) static func hikkake(_ window: PatternWindow) -> Int16 { value(window, falseBreak) }
    @inline(__always) static func modifiedHikkake(_ window: PatternWindow) -> Int16 {
        value(window, modifiedFalseBreak)
    }

    @inline(__always) private static func value(_ window: PatternWindow, _ falseBreak: (PatternWindow, Int) -> Int16)
        -> Int16
    {
        let now = falseBreak(window, 0)
        if now != 0 { return now }
        for age in 1...3 {
            let direction = falseBreak(window, age)
            guard direction != 0 else { continue }
            let inside = window[age + 1]
            for later in stride(from: age - 1, through: 0, by: -1) {
                let close = window[later].close
                guard direction > 0 ? close > inside.high : close < inside.low else { continue }
                return later == 0 ? direction * 2 : 0
            }
            return 0
        }
        return 0
    }

    /// The candle at `age` breaks an inside candle before it: down is bullish.
    @inline(__always) private static func falseBreak(_ window: PatternWindow, _ age: Int) -> Int16 {
        let (new, inside, outer) = (window[age], window[age + 1], window[age + 2])
        guard inside.high < outer.high, inside.low > outer.low else { return 0 }
        if new.high < inside.high, new.low < inside.low { return 100 }
        return new.high > inside.high && new.low > inside.low ? -100 : 0
    }

    /// The same after two inside candles, the first of which closed near the end that is broken.
    @inline(__always) private static func modifiedFalseBreak(_ window: PatternWindow, _ age: Int) -> Int16 {
        let outermost = window[age + 3]
        let (new, inside) = (window[age], window[age + 1])
        // The sum of ranges begins with the first candle that may hold an old false break, not with the first value.
        let outer = window.candle(age + 2, beginning: 5)
        guard inside.high < outer.high, inside.low > outer.low, outer.high < outermost.high,
            outer.low > outermost.low
        else { return 0 }
        if new.high < inside.high, new.low < inside.low {
            return outer.close <= outer.low + outer.near ? 100 : 0
        }
        guard new.high > inside.high, new.low > inside.low else { return 0 }
        return outer.close >= outer.high - outer.near ? -100 : 0
    }
}
