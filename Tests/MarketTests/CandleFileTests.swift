import Foundation
import Market
import Support
import Testing
import Turns

@Suite(.oneAtATime) struct CandleFileTests {
    private func parse(_ lines: String...) throws(CandleFile.Failure) -> [Candle] {
        try CandleFile.parse(Array(([CandleFile.header] + lines).joined(separator: "\n").utf8))
    }

    @Test("what is written reads back the same")
    func roundTrip() throws {
        let candles = [Candle].walk(200, price: 0.000_012)
        let text = ([CandleFile.header] + candles.map(CandleFile.line)).joined(separator: "\n") + "\n"
        #expect(try CandleFile.parse(Array(text.utf8)) == candles)
        #expect(try CandleFile.parse(Array(("\u{feff}" + text).replacing("\n", with: "\r\n").utf8)) == candles)
    }

    @Test("an empty volume reads as none")
    func emptyVolume() throws { #expect(try parse("0,1,2,1,2,").map(\.volume) == [0]) }

    @Test(
        "a malformed line is refused with its number and the reason",
        arguments: [
            ("0,1,2,1,2", "expected 6 fields, found 5"), ("0,1,2,1,2,3,4", "expected 6 fields, found 7"),
            ("x,1,2,1,2,3", "open_time is not a whole number"), ("0.5,1,2,1,2,3", "open_time is not a whole number"),
            ("0,a,2,1,2,3", "field 2 is not a number"), ("0,1,2,1,,3", "field 5 is not a number"),
            ("0,1,2,1,2,x", "field 6 is not a number"), ("0,nan,2,1,2,3", "not_finite"),
            ("0,1,inf,1,2,3", "not_finite"),
            ("0,0,2,0,2,3", "not_positive"), ("0,1,2,-1,2,3", "not_positive"), ("0,1,1.5,1,2,3", "unordered"),
            ("0,1,2,1.5,2,3", "unordered"), ("0,1,2,1,2,-3", "negative_volume"),
            ("-5,1,2,1,2,3", "open_time does not rise"),
            ("-1,1,2,1,2,3", "open_time does not rise"), ("<html>", "expected 6 fields, found 1"),
        ])
    func malformed(line: String, reason: String) {
        #expect(throws: CandleFile.Failure.badLine(number: 3, reason: reason)) { try parse("-1,1,2,1,2,3", line) }
    }

    @Test("another header, an empty file and a missing file are refused")
    func wrongFiles() {
        #expect(throws: CandleFile.Failure.wrongHeader("time,price")) {
            try CandleFile.parse(Array("time,price\n".utf8))
        }
        #expect(throws: CandleFile.Failure.wrongHeader("")) { try CandleFile.parse([]) }
        #expect(throws: CandleFile.Failure.unreadable("/nowhere/x.csv")) { try CandleFile.read(path: "/nowhere/x.csv") }
    }

    @Test("only a header is an empty series")
    func onlyHeader() throws { #expect(try parse().isEmpty) }

    /// `open_time,open,high,low,close,volume\n0,1,2,1,2,3\n60000,2,2,1,1,4\n` through gzip.
    private static let gzipped =
        "H4sIAAAAAAACA8svSM2LL8nMTdXJB7J0MjLTM3Ry8st1knPyi1N1yvJzSnNTuQx0DHWMwNiYy8wACIAsEN9Qx4QLAGsS0MtBAAAA"

    @Test("a gzip file reads like a plain one; several members follow each other; a cut one is refused")
    func gzip() throws {
        let expected = try parse("0,1,2,1,2,3", "60000,2,2,1,1,4")
        let bytes = try #require(Data(base64Encoded: Self.gzipped))
        let folder = FileManager.default.temporaryDirectory.appending(path: "candles-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = folder.appending(path: "a.csv.gz")
        try bytes.write(to: whole)
        #expect(try CandleFile.read(path: whole.path) == expected)
        // A second member repeats the header, so its bytes are looked at instead.
        try (bytes + bytes).write(to: whole)
        let twice = try CandleFile.contents(path: whole.path)
        #expect(String(decoding: twice, as: UTF8.self).components(separatedBy: "open_time").count == 3)
        try bytes.dropLast(12).write(to: whole)
        #expect(throws: CandleFile.Failure.unreadable(whole.path)) { try CandleFile.read(path: whole.path) }
        try Data([0x1f, 0x8b, 1, 2, 3]).write(to: whole)
        #expect(throws: CandleFile.Failure.unreadable(whole.path)) { try CandleFile.read(path: whole.path) }
    }

    @Test("the timeframe is the commonest step")
    func timeframe() {
        var candles = [Candle].walk(100, timeframe: .m15)
        candles.removeSubrange(20..<50)
        #expect(CandleFile.timeframe(of: candles) == .m15)
        #expect(CandleFile.timeframe(of: []) == nil)
        #expect(CandleFile.timeframe(of: [candles[0], candles[3]]) == nil)
    }
}
