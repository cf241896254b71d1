/// Cuts runs into parts that fit a message.
///
/// 1. The text becomes a row of graphemes, each with its run and its cost in UTF-16 units of HTML.
/// 2. From the start of a part, graphemes are taken while text, tags and entities fit.
/// 3. Of the places up to there the best is chosen: a line end in the second half; else the last white space; neither
///    within an entity that would fit a part as a whole; else white space in fixed-width text; else between two runs
///    or two graphemes, for a single word longer than a message.
/// 4. White space at the cut goes. Runs that were cut are closed and opened again.
struct TelegramSplitter {
    struct Limits: Hashable, Sendable {
        var units: Int
        var entities: Int
    }

    private struct Unit {
        var character: Character
        var run: Int
        var cost: Int
    }

    private let runs: [TelegramRun]
    private let limits: Limits
    private let units: [Unit]
    /// Runs that no cut may go through: styled, and small enough for one part.
    private let isWhole: [Bool]

    static func parts(of runs: [TelegramRun], limits: Limits) -> [[TelegramRun]] {
        // Nearly every message is one part; it is told by counting alone.
        let length = runs.reduce(0) { $0 + $1.html.utf16.count }
        if length <= limits.units, runs.count(where: { $0.look != .plain }) <= limits.entities {
            let hasContent = runs.contains { $0.text.contains { !$0.isWhitespace } }
            return hasContent ? [runs] : []
        }
        return TelegramSplitter(runs: runs, limits: limits).parts()
    }

    private init(runs: [TelegramRun], limits: Limits) {
        self.runs = runs
        self.limits = limits
        var units: [Unit] = []
        var isWhole: [Bool] = []
        for (index, run) in runs.enumerated() {
            var total = run.overhead
            for character in run.text {
                let cost = TelegramText.escape(String(character)).utf16.count
                total += cost
                units.append(Unit(character: character, run: index, cost: cost))
            }
            isWhole.append(run.look != .plain && run.look != .preformatted && total <= limits.units)
        }
        self.units = units
        self.isWhole = isWhole
    }

    private func parts() -> [[TelegramRun]] {
        var parts: [[TelegramRun]] = []
        var start = skipSpace(from: 0)
        while start < units.count {
            let end = furthest(from: start)
            let cut = end == units.count ? end : place(from: start, to: end)
            let part = part(from: start, to: cut)
            if !part.isEmpty { parts.append(part) }
            start = skipSpace(from: cut)
        }
        return parts
    }

    /// Past the last grapheme that fits a part from `start` on; at least one is taken.
    private func furthest(from start: Int) -> Int {
        var cost = 0
        var entities = 0
        var run = -1
        for index in start..<units.count {
            let unit = units[index]
            if unit.run != run {
                run = unit.run
                cost += runs[run].overhead
                if runs[run].look != .plain { entities += 1 }
            }
            cost += unit.cost
            if (cost > limits.units || entities > limits.entities), index > start { return index }
        }
        return units.count
    }

    /// Where to cut, in `start + 1 ... end`: before the grapheme at the returned index.
    private func place(from start: Int, to end: Int) -> Int {
        let half = start + (end - start) / 2
        func last(from low: Int, _ isGood: (Int) -> Bool) -> Int? {
            var index = end
            while index > low {
                if isGood(index), !splitsGrapheme(index) { return index }
                index -= 1
            }
            return nil
        }
        let isLineEnd = { (index: Int) in units[index - 1].character == "\n" && !splitsEntity(index) }
        let isSpace = { (index: Int) in
            (units[index - 1].character.isWhitespace || units[index].character.isWhitespace) && !splitsEntity(index)
                && !isWithin(index, .preformatted)
        }
        return last(from: half, isLineEnd) ?? last(from: start, isSpace) ?? last(from: start, isLineEnd)
            ?? last(from: start) { isWithin($0, .preformatted) && units[$0 - 1].character.isWhitespace }
            ?? last(from: start) { !splitsEntity($0) }
            ?? last(from: start) { _ in true } ?? end
    }

    private func splitsEntity(_ index: Int) -> Bool {
        units[index - 1].run == units[index].run && isWhole[units[index].run]
    }

    private func isWithin(_ index: Int, _ look: TelegramRun.Look) -> Bool {
        units[index - 1].run == units[index].run && runs[units[index].run].look == look
    }

    /// A grapheme may lie across two runs (a letter, and its accent in bold).
    private func splitsGrapheme(_ index: Int) -> Bool {
        units[index - 1].run != units[index].run
            && "\(units[index - 1].character)\(units[index].character)".count == 1
    }

    private func skipSpace(from start: Int) -> Int {
        var index = start
        while index < units.count, units[index].character.isWhitespace {
            // Spaces at the start of a line of fixed-width text carry its columns.
            if runs[units[index].run].look == .preformatted, units[index].character != "\n" { break }
            index += 1
        }
        return index
    }

    private func part(from start: Int, to cut: Int) -> [TelegramRun] {
        var end = cut
        while end > start, units[end - 1].character.isWhitespace { end -= 1 }
        var part: [TelegramRun] = []
        var run = -1
        for unit in units[start..<end] {
            if unit.run != run {
                run = unit.run
                part.append(TelegramRun(text: "", look: runs[run].look))
            }
            part[part.count - 1].text.append(unit.character)
        }
        return part
    }
}
