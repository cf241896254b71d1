import ArgumentParser
import Foundation
import Sentiment

struct SentimentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sentiment", abstract: "Scores texts, one a line, as TSV.",
        discussion: """
            Columns: neg neu pos compound (VADER), vocabulary, finbert (empty without FINBERT_PATH), score, label, text.
            Example: vigia sentiment headlines.txt
            Example: echo "Bitcoin rallies to an all-time high" | vigia sentiment -
            """)

    @Argument(help: "A file with one text a line, or - for standard input.") var file: String
    @Flag(help: "One JSON object a text instead of TSV.") var json = false
    @OptionGroup var options: SettingOptions

    func run() throws {
        let analyzer = ToneAnalyzer(finbert: try finbert())
        let input: FileHandle
        if file == "-" {
            input = .standardInput
        } else {
            do { input = try FileHandle(forReadingFrom: URL(fileURLWithPath: file)) } catch {
                throw CommandFailure("\(file): no such file, or not readable")
            }
        }
        if !json { Console.out("neg\tneu\tpos\tcompound\tvocabulary\tfinbert\tscore\tlabel\ttext") }
        var output = ""
        try Lines(input).forEach { line in
            let tone = analyzer.tone(of: line)
            if json {
                try Console.json(Row(text: line, tone: tone))
                return
            }
            let vader = tone.vader
            let finbert = tone.finbert.map { "\($0)" } ?? ""
            output += "\(vader.negative)\t\(vader.neutral)\t\(vader.positive)\t\(vader.compound)\t\(tone.vocabulary)\t"
            output += "\(finbert)\t\(tone.score)\t\(tone.label.rawValue)\t\(line)\n"
            if output.utf8.count > 1 << 16 || tone.finbert != nil {
                Console.raw(output)
                output = ""
            }
        }
        Console.raw(output)
    }

    private func finbert() throws -> FinBERT? {
        let path = try options.settings().text("FINBERT_PATH")
        guard !path.isEmpty else { return nil }
        do { return try FinBERT(folder: URL(fileURLWithPath: path)) } catch {
            throw CommandFailure("FINBERT_PATH: \(error)")
        }
    }

    private struct Row: Encodable {
        var neg: Double
        var neu: Double
        var pos: Double
        var compound: Double
        var vocabulary: Double
        var finbert: Double?
        var score: Double
        var label: ToneLabel
        var text: String

        init(text: String, tone: TextTone) {
            (neg, neu, pos, compound) = (
                tone.vader.negative, tone.vader.neutral, tone.vader.positive, tone.vader.compound
            )
            (vocabulary, finbert, score, label, self.text) = (
                tone.vocabulary, tone.finbert, tone.score, tone.label, text
            )
        }
    }
}

/// Lines of a stream as they come; a carriage return before a line's end is left out, and bytes that are no UTF-8 become
/// U+FFFD. A line has no limit, since a file is the caller's own.
private struct Lines {
    private let handle: FileHandle

    init(_ handle: FileHandle) { self.handle = handle }

    func forEach(_ body: (String) throws -> Void) throws {
        var rest = Data()
        func emit(_ bytes: Data) throws {
            try body(String(decoding: bytes.last == 0x0D ? bytes.dropLast() : bytes, as: UTF8.self))
        }
        while true {
            let chunk: Data
            do { chunk = try handle.read(upToCount: 1 << 16) ?? Data() } catch {
                throw CommandFailure("the texts cannot be read: \(error.localizedDescription)")
            }
            if chunk.isEmpty { break }
            rest.append(chunk)
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                try emit(rest[start..<end])
                start = rest.index(after: end)
            }
            rest = Data(rest[start...])
        }
        if !rest.isEmpty { try emit(rest) }
    }
}
