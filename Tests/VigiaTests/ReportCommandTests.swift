import Foundation
import Market
import Support
import Testing
import Turns

/// `vigia report` of the real binary.
@Suite(.oneAtATime) struct ReportCommandTests {
    @Test(
        "a report is printed as text, as JSON and as a page, and mistakes have their exit codes",
        .timeLimit(.minutes(3)))
    func report() throws {
        let folder = try VigiaProcess.temporaryFolder("report")
        defer { try? FileManager.default.removeItem(at: folder) }
        func run(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
            try VigiaProcess.output(arguments, folder: folder)
        }
        #expect(try run(["report", "daily"]).status == 1)
        let hour = Timeframe.h1.openTime(containing: WallTime().now)
        let lines = (1...200).reversed().map { back in
            "\((hour - .hours(Int64(back))).milliseconds),100,101,99,100,5"
        }
        try ("open_time,open,high,low,close,volume\n" + lines.joined(separator: "\n") + "\n")
            .write(to: folder.appending(path: "btc.csv"), atomically: true, encoding: .utf8)
        #expect(try run(["import", "btc.csv", "--symbol", "BTC", "--timeframe", "1h"]).status == 0)

        let text = try run(["report", "daily"])
        #expect(text.status == 0)
        #expect(text.out.contains("BTC 100"))
        #expect(text.out.contains("ETH"))
        let json = try run(["report", "weekly", "--json"])
        #expect(json.status == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any])
        let watched = try #require(object["watched"] as? [[String: Any]])
        #expect(watched.count == 1)
        #expect(watched.first?["price"] as? Double == 100)
        #expect(watched.first?["change"] as? Double == 0)
        let page = try run(["report", "weekly", "--html", "week.html", "--language", "es"])
        #expect(page.status == 0)
        #expect(page.out.isEmpty)
        let html = try String(contentsOf: folder.appending(path: "week.html"), encoding: .utf8)
        #expect(html.contains("Tu semana en el mercado"))

        #expect(try run(["report", "daily", "--for", "telegram:1"]).status == 1)
        #expect(try run(["report", "daily", "--for", "nobody"]).status == 2)
        #expect(try run(["report", "daily", "--language", "xx"]).status == 2)
        #expect(try run(["report", "hourly"]).status == 2)
        #expect(try run(["report", "daily", "--json", "--html", "x.html"]).status == 2)
        let help = try run(["report", "--help"])
        #expect(help.status == 0)
        #expect(help.out.contains("Example: vigia report"))
    }
}
