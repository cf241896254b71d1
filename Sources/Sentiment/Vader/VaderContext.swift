/// A word of the lexicon among the words before and behind it.
struct VaderContext {
    let words: UnsafeMutableBufferPointer<VaderToken>
    let position: Int
    let mixesCase: Bool

    private typealias Role = VaderWords.Role

    @inline(__always) private func special(_ offset: Int) -> VaderWords.Special { words[position + offset].special }
    @inline(__always) private func negates(_ offset: Int) -> Bool { words[position + offset].has(Role.negation) }

    /// The word's valence with everything around it taken into account.
    func worth() -> Double {
        let word = words[position]
        var worth = word.valence
        if word.special == .no, position + 1 < words.count, words[position + 1].has(Role.valued) { worth = 0 }
        if followsNo { worth = word.valence * VaderAnalyzer.negated }
        if mixesCase, word.has(Role.upper) { worth += worth > 0 ? VaderAnalyzer.capitals : -VaderAnalyzer.capitals }
        for distance in 1...3 where position >= distance && !words[position - distance].has(Role.valued) {
            worth += boost(from: words[position - distance], distance: distance, to: worth)
            worth = turned(worth, distance: distance)
            if distance == 3 { worth = phrased(worth) }
        }
        return leastTurned(worth)
    }

    private var followsNo: Bool {
        if position > 0, special(-1) == .no { return true }
        if position > 1, special(-2) == .no { return true }
        return position > 2 && special(-3) == .no && (special(-1) == .or || special(-1) == .nor)
    }

    /// What a degree word gives to the worth behind it: less the further away it is.
    @inline(__always) private func boost(from word: VaderToken, distance: Int, to worth: Double) -> Double {
        guard word.has(Role.booster) else { return 0 }
        var boost = worth < 0 ? word.boost * -1 : word.boost
        if mixesCase, word.has(Role.upper) { boost += worth > 0 ? VaderAnalyzer.capitals : -VaderAnalyzer.capitals }
        return distance == 1 ? boost : boost * (distance == 2 ? 0.95 : 0.9)
    }

    /// Turned around by a negation that many words before it; "never so" strengthens, "without doubt" does nothing.
    private func turned(_ worth: Double, distance: Int) -> Double {
        if distance == 2 {
            if special(-2) == .never, isSoOrThis(-1) { return worth * 1.25 }
            if special(-2) == .without, special(-1) == .doubt { return worth }
        } else if distance == 3 {
            // "So" or "this" right before the word is enough, whatever the third word is: a precedence slip that is kept.
            if special(-3) == .never && isSoOrThis(-2) || isSoOrThis(-1) { return worth * 1.25 }
            if special(-3) == .without, special(-2) == .doubt || special(-1) == .doubt { return worth }
        }
        return negates(-distance) ? worth * VaderAnalyzer.negated : worth
    }

    @inline(__always) private func isSoOrThis(_ offset: Int) -> Bool {
        special(offset) == .so || special(offset) == .this
    }

    /// With phrases of up to three words around it, which have a valence of their own. Only looked at where three words
    /// stand before.
    private func phrased(_ worth: Double) -> Double {
        let (third, second, first, own) = (special(-3), special(-2), special(-1), special(0))
        var worth = worth
        if let valence = VaderPhrases.valence(first, own) ?? VaderPhrases.valence(second, first, own)
            ?? VaderPhrases.valence(second, first) ?? VaderPhrases.valence(third, second, first)
            ?? VaderPhrases.valence(third, second)
        {
            worth = valence
        }
        if position + 1 < words.count {
            if let valence = VaderPhrases.valence(own, special(1)) { worth = valence }
            if position + 2 < words.count, let valence = VaderPhrases.valence(own, special(1), special(2)) {
                worth = valence
            }
        }
        if VaderPhrases.weakens(third, second) { worth -= VaderWords.boost }
        if VaderPhrases.weakens(second, first) { worth -= VaderWords.boost }
        return worth
    }

    /// Turned around by "least" unless it is "at least" or "very least".
    private func leastTurned(_ worth: Double) -> Double {
        guard position > 0, special(-1) == .least else { return worth }
        if position > 1, special(-2) == .at || special(-2) == .very { return worth }
        return worth * VaderAnalyzer.negated
    }
}
