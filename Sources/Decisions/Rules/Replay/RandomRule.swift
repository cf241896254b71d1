import Market

/// How often firings at random times would have been followed by as unusual a share of rises.
///
/// A random rule is the rule's own firings, all moved by the same random distance through the data, which is bent into a
/// ring: as many firings, with the same distances and bursts, so that overlapping days count for both alike. Over
/// several symbols they are moved by the same part of the data, since the symbols rise and fall together.
struct RandomRule {
    /// Fewer scored firings say nothing.
    static let leastFirings = 5
    private static let mostDraws = 1_000
    private static let leastDraws = 200
    private static let mostWork = 2_000_000

    /// `nil` for too few firings.
    static func chance(_ samples: [ReplaySample.Draws], seed: UInt64) -> RuleStatistics.Chance? {
        let samples = samples.filter { !$0.firings.isEmpty }
        let count = samples.reduce(0) { $0 + $1.firings.count }
        guard count >= leastFirings else { return nil }
        var expected = 0.0
        for sample in samples {
            var (ups, known) = (0, 0)
            for flag in sample.rose where flag >= 0 {
                known += 1
                ups += Int(flag)
            }
            expected += Double(ups) / Double(max(1, known)) * Double(sample.firings.count)
        }
        let base = expected / Double(count)
        func distance(_ offset: (ReplaySample.Draws) -> Int) -> Double {
            var (ups, known) = (0, 0)
            for sample in samples {
                let shift = offset(sample)
                let length = sample.rose.count
                for place in sample.firings {
                    let moved = place + shift
                    let flag = sample.rose[moved < length ? moved : moved - length]
                    if flag >= 0 {
                        known += 1
                        ups += Int(flag)
                    }
                }
            }
            return known == 0 ? 0 : abs(Double(ups) / Double(known) - base)
        }
        let seen = distance { _ in 0 }
        let draws = min(mostDraws, max(leastDraws, mostWork / count))
        var random = Random(state: seed)
        var asGood = 0
        for _ in 0..<draws {
            let part = random.unit()
            // A hair's breadth, so that the same share reached by another sum is the same share.
            if distance({ Int(part * Double($0.rose.count)) }) >= seen - 1e-12 { asGood += 1 }
        }
        // The rule itself is one of the possible ones, so the answer is never zero.
        return RuleStatistics.Chance(
            after: ReplaySample.drawHorizon, draws: draws, asGood: Double(asGood + 1) / Double(draws + 1))
    }

    /// A number that the text and the data determine: the same question has the same answer (FNV-1a).
    static func seed(_ text: String, _ samples: [ReplaySample]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func take(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        for byte in text.utf8 { take(byte) }
        for sample in samples {
            for time in [sample.from, sample.to] {
                withUnsafeBytes(of: time.milliseconds.littleEndian) { for byte in $0 { take(byte) } }
            }
        }
        return hash
    }

    /// SplitMix64.
    private struct Random {
        var state: UInt64
        mutating func unit() -> Double {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
        }
    }
}
