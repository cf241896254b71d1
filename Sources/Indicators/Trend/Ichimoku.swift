import Market

/// `ichimoku(a, b, c)`: Hosoda's lines, usually (9, 26, 52). Price scale. `conversion` and `base` are the middle of the
/// range of the last a and b candles; `span_a` is the middle of those two and `span_b` the middle of the last c
/// candles, both as they were b candles ago, which is where a chart draws them: the values are the cloud over this
/// candle. `lagging` is this candle's close, which a chart draws b candles back. Nothing looks ahead.
struct Ichimoku: Indicator {
    static let name = "ichimoku"
    static let parameters = [IndicatorParameter.period("a"), .period("b"), .period("c")]
    static let parts = ["conversion", "base", "span_a", "span_b", "lagging"]
    static func memory(_ parameters: [Double]) -> Int? {
        Int(parameters[1] + max(parameters[0], parameters[1], parameters[2]))
    }
    private var conversion: PriceRange
    private var base: PriceRange
    private var long: PriceRange
    private var spanA: Window
    private var spanB: Window
    private var close: Double?

    init(_ parameters: [Double]) {
        conversion = PriceRange(Int(parameters[0]))
        base = PriceRange(Int(parameters[1]))
        long = PriceRange(Int(parameters[2]))
        spanA = Window(Int(parameters[1]) + 1)
        spanB = spanA
    }

    mutating func update(_ candle: Candle) {
        conversion.push(candle)
        base.push(candle)
        long.push(candle)
        close = candle.close
        if let a = conversion.middle, let b = base.middle { spanA.push((a + b) / 2) }
        if let c = long.middle { spanB.push(c) }
    }

    func value(_ part: Int) -> Double? {
        switch part {
        case 0: conversion.middle
        case 1: base.middle
        case 2: spanA.isFull ? spanA.oldest : nil
        case 3: spanB.isFull ? spanB.oldest : nil
        default: close
        }
    }
}
