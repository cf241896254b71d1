/// Something that is shown every definition: the judge, who asks each for its value, or the list of names.
protocol PatternVisitor {
    /// `first` is the index of the first candle with a value, as TA-Lib has it: the averages begin there.
    mutating func visit(_ functionName: StaticString, from first: Int, _ value: (PatternWindow) -> Int16)
}

/// Which patterns there are, in the order of TA-Lib's names: the order of a row of values.
///
/// To add one: a function in its family and a line here.
enum PatternCatalogue {
    @inline(__always) static func visitAll(_ visitor: inout some PatternVisitor) {
        visitor.visit("CDL2CROWS", from: 12, ReversalPatterns.twoCrows)
        visitor.visit("CDL3BLACKCROWS", from: 13, MarchPatterns.blackCrows)
        visitor.visit("CDL3INSIDE", from: 12, ReversalPatterns.threeInside)
        visitor.visit("CDL3LINESTRIKE", from: 8, MarchPatterns.lineStrike)
        visitor.visit("CDL3OUTSIDE", from: 3, ReversalPatterns.threeOutside)
        visitor.visit("CDL3STARSINSOUTH", from: 12, MarchPatterns.starsInTheSouth)
        visitor.visit("CDL3WHITESOLDIERS", from: 12, MarchPatterns.whiteSoldiers)
        visitor.visit("CDLABANDONEDBABY", from: 12, StarPatterns.abandonedBaby)
        visitor.visit("CDLADVANCEBLOCK", from: 12, MarchPatterns.advanceBlock)
        visitor.visit("CDLBELTHOLD", from: 10, SingleCandlePatterns.beltHold)
        visitor.visit("CDLBREAKAWAY", from: 14, ReversalPatterns.breakaway)
        visitor.visit("CDLCLOSINGMARUBOZU", from: 10, SingleCandlePatterns.closingMarubozu)
        visitor.visit("CDLCONCEALBABYSWALL", from: 13, ReversalPatterns.concealedSwallow)
        visitor.visit("CDLCOUNTERATTACK", from: 11, PairPatterns.counterattack)
        visitor.visit("CDLDARKCLOUDCOVER", from: 11, PairPatterns.darkCloudCover)
        visitor.visit("CDLDOJI", from: 10, SingleCandlePatterns.doji)
        visitor.visit("CDLDOJISTAR", from: 11, StarPatterns.dojiStar)
        visitor.visit("CDLDRAGONFLYDOJI", from: 10, SingleCandlePatterns.dragonfly)
        visitor.visit("CDLENGULFING", from: 2, PairPatterns.engulfing)
        visitor.visit("CDLEVENINGDOJISTAR", from: 12, StarPatterns.eveningDojiStar)
        visitor.visit("CDLEVENINGSTAR", from: 12, StarPatterns.eveningStar)
        visitor.visit("CDLGAPSIDESIDEWHITE", from: 7, ContinuationPatterns.sideBySideWhite)
        visitor.visit("CDLGRAVESTONEDOJI", from: 10, SingleCandlePatterns.gravestone)
        visitor.visit("CDLHAMMER", from: 11, PairPatterns.hammer)
        visitor.visit("CDLHANGINGMAN", from: 11, PairPatterns.hangingMan)
        visitor.visit("CDLHARAMI", from: 11, PairPatterns.harami)
        visitor.visit("CDLHARAMICROSS", from: 11, PairPatterns.haramiCross)
        visitor.visit("CDLHIGHWAVE", from: 10, SingleCandlePatterns.highWave)
        visitor.visit("CDLHIKKAKE", from: 5, HikkakePatterns.hikkake)
        visitor.visit("CDLHIKKAKEMOD", from: 10, HikkakePatterns.modifiedHikkake)
        visitor.visit("CDLHOMINGPIGEON", from: 11, PairPatterns.homingPigeon)
        visitor.visit("CDLIDENTICAL3CROWS", from: 12, MarchPatterns.identicalCrows)
        visitor.visit("CDLINNECK", from: 11, PairPatterns.inNeck)
        visitor.visit("CDLINVERTEDHAMMER", from: 11, PairPatterns.invertedHammer)
        visitor.visit("CDLKICKING", from: 11, PairPatterns.kicking)
        visitor.visit("CDLKICKINGBYLENGTH", from: 11, PairPatterns.kickingByLength)
        visitor.visit("CDLLADDERBOTTOM", from: 14, ReversalPatterns.ladderBottom)
        visitor.visit("CDLLONGLEGGEDDOJI", from: 10, SingleCandlePatterns.longLegged)
        visitor.visit("CDLLONGLINE", from: 10, SingleCandlePatterns.longLine)
        visitor.visit("CDLMARUBOZU", from: 10, SingleCandlePatterns.marubozu)
        visitor.visit("CDLMATCHINGLOW", from: 6, PairPatterns.matchingLow)
        visitor.visit("CDLMATHOLD", from: 14, ContinuationPatterns.matHold)
        visitor.visit("CDLMORNINGDOJISTAR", from: 12, StarPatterns.morningDojiStar)
        visitor.visit("CDLMORNINGSTAR", from: 12, StarPatterns.morningStar)
        visitor.visit("CDLONNECK", from: 11, PairPatterns.onNeck)
        visitor.visit("CDLPIERCING", from: 11, PairPatterns.piercing)
        visitor.visit("CDLRICKSHAWMAN", from: 10, SingleCandlePatterns.rickshawMan)
        visitor.visit("CDLRISEFALL3METHODS", from: 14, ContinuationPatterns.threeMethods)
        visitor.visit("CDLSEPARATINGLINES", from: 11, PairPatterns.separatingLines)
        visitor.visit("CDLSHOOTINGSTAR", from: 11, PairPatterns.shootingStar)
        visitor.visit("CDLSHORTLINE", from: 10, SingleCandlePatterns.shortLine)
        visitor.visit("CDLSPINNINGTOP", from: 10, SingleCandlePatterns.spinningTop)
        visitor.visit("CDLSTALLEDPATTERN", from: 12, MarchPatterns.stalled)
        visitor.visit("CDLSTICKSANDWICH", from: 7, ReversalPatterns.stickSandwich)
        visitor.visit("CDLTAKURI", from: 10, SingleCandlePatterns.takuri)
        visitor.visit("CDLTASUKIGAP", from: 7, ContinuationPatterns.tasukiGap)
        visitor.visit("CDLTHRUSTING", from: 11, PairPatterns.thrusting)
        visitor.visit("CDLTRISTAR", from: 12, StarPatterns.triStar)
        visitor.visit("CDLUNIQUE3RIVER", from: 12, ReversalPatterns.uniqueThreeRiver)
        visitor.visit("CDLUPSIDEGAP2CROWS", from: 12, ReversalPatterns.upsideGapTwoCrows)
        visitor.visit("CDLXSIDEGAP3METHODS", from: 2, ContinuationPatterns.gapThreeMethods)
    }

    /// Name and lead-in of each.
    static let entries: [(functionName: String, first: Int)] = {
        var list = PatternNames()
        visitAll(&list)
        return list.entries
    }()
}

private struct PatternNames: PatternVisitor {
    var entries: [(functionName: String, first: Int)] = []

    mutating func visit(_ functionName: StaticString, from first: Int, _ value: (PatternWindow) -> Int16) {
        entries.append((functionName.description, first))
    }
}

/// Asks every definition for its value at the newest candle and writes them one after the other, 0 in a lead-in.
struct PatternJudge: PatternVisitor {
    let newest: UnsafePointer<CandleShape>
    let index: Int
    var place: UnsafeMutablePointer<Int16>

    @inline(__always)
    mutating func visit(_ functionName: StaticString, from first: Int, _ value: (PatternWindow) -> Int16) {
        place.pointee = index < first ? 0 : value(PatternWindow(newest: newest, first: first))
        place += 1
    }
}
