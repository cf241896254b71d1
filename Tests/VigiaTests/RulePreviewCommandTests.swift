import Foundation
import Market
import Support
import Testing
import Turns

/// `vigia rule preview` of the real binary.
@Suite(.oneAtATime) struct RulePreviewCommandTests {
    @Test("statistics have the documented names, and a noisy rule a suggestion", .timeLimit(.minutes(3)))
    func statistics() throws {
        let folder = try VigiaProcess.temporaryFolder("preview")
        defer { try? FileManager.default.removeItem(at: folder) }
        // 400 days of hours: above 110 in two hours of each day.
        let start = Timestamp(seconds: 1_704_067_200)
        let lines = (0..<9_600).map { index in
            let close = index % 12 == 3 ? 120 + Double(index % 7) : 100 + Double(index % 5)
            return "\((start + .hours(Int64(index))).milliseconds),\(close),\(close),\(close),\(close),5"
        }
        try ("open_time,open,high,low,close,volume\n" + lines.joined(separator: "\n") + "\n")
            .write(to: folder.appending(path: "btc.csv"), atomically: true, encoding: .utf8)
        func preview(_ text: String) throws -> [String: Any] {
            let run = try VigiaProcess.output(
                ["rule", "preview", text, "--candles", "btc.csv", "--symbol", "BTC", "--json"], folder: folder)
            #expect(run.status == 0, "\(run.error)")
            return try #require(try JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any])
        }
        let answer = try preview("BTC > 110")
        #expect(answer["canonical"] as? String == "BTC > 110")
        let firings = try #require(answer["firings"] as? [Any]).compactMap { ($0 as? NSNumber)?.int64Value }
        #expect(firings.count == 800 && firings.first == (start + .hours(4)).milliseconds)
        let statistics = try #require(answer["statistics"] as? [String: Any])
        #expect(statistics["count"] as? Int == 800)
        #expect(statistics["lastWeek"] as? Int == 14)
        #expect(statistics["lastMonth"] as? Int == 60)
        #expect(statistics["lastYear"] as? Int == 730)
        #expect(statistics["longestBurst"] as? Int == 2)
        let moves = try #require(statistics["moves"] as? [[String: Any]])
        #expect(moves.compactMap { $0["after"] as? Int } == [3_600_000, 86_400_000, 604_800_000])
        for key in [
            "count", "independent", "median", "shareUp", "shareUpLow", "shareUpHigh", "baseMedian", "baseShareUp",
        ] {
            #expect(moves[0][key] is NSNumber, "\(key)")
        }
        let chance = try #require(statistics["chance"] as? [String: Any])
        #expect(chance["draws"] as? Int == 1_000 && chance["asGood"] is NSNumber && chance["after"] is NSNumber)
        #expect(statistics["suggestion"] == nil)
        let noisy = try #require(try preview("BTC > 101 every 10m")["statistics"] as? [String: Any])
        #expect(noisy["suggestion"] is [String: Any])
        let text = try VigiaProcess.output(
            ["rule", "preview", "BTC > 110", "--candles", "btc.csv", "--symbol", "BTC"], folder: folder)
        #expect(text.out.contains("800 firings, longest burst 2") && text.out.contains("usually"))
    }
}
