import Foundation
import Market
import People
import Storage
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct EntryCommandTests {
    @Test("an entry is remembered, and the price answer speaks of the result")
    func result() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "66000", at: chat.wall.now)
        let made = try await chat.answer("/entry bitcoin 60k 0.5")
        #expect(made.contains("60,000") && made.contains("+10.00%") && made.contains("(+3,000"))
        let price = try await chat.answer("/price BTC ETH")
        #expect(price.contains("Since my entry at 60,000: +10.00% (+3,000"))
        chat.board.put("BTC", "57000", at: chat.wall.now)
        #expect(try await chat.answer("/price BTC").contains("−5.00% (−1,500"))
        #expect(chat.heard.now.entries[Symbol("BTC")!] == 60_000)
        let owner = try #require(try await chat.person()?.id)
        #expect(try await SQLEntryReader(chat.database).entryPrices(of: owner) == [Symbol("BTC")!: 60_000])
    }

    @Test("an entry is its person's: others and groups do not see it, and groups have none")
    func privacy() async throws {
        let chat = try await Conversations()
        chat.board.put("BTC", "66000", at: chat.wall.now)
        try await chat.say("/entry BTC 60000")
        #expect(try await !chat.answer("/price BTC", from: "2").contains("entry"))
        let group = try await chat.say("/price BTC", group: "-5").first?.text ?? ""
        #expect(group.contains("66,000") && !group.contains("entry"))
        #expect(
            try await chat.say("/entry BTC 1", group: "-5", administrator: true).first?.text.contains("private") == true
        )
    }

    @Test("entries are listed, replaced, exported, taken back and forgotten")
    func life() async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/entry").contains("no entry yet"))
        try await chat.say("/entry BTC 60000 2")
        try await chat.say("/entry BTC 61000")
        try await chat.say("/entry ETH 3000.5 1.25")
        let list = try await chat.answer("/entry")
        #expect(list.contains("61,000") && !list.contains("60,000") && list.contains("1.25 ETH"))
        #expect(list.contains("no price yet"))
        let export = try await chat.answer("/export")
        #expect(export.contains("\"price\" : \"3000.5\"") || export.contains("3000.5"))
        #expect(try await chat.answer("/entry ETH off").contains("forgotten"))
        #expect(try await chat.answer("/entry ETH off").contains("no entry of ETH"))
        #expect(chat.heard.now.entries[Symbol("ETH")!] == .some(nil))
        let ask = try await chat.say("/forget")
        try await chat.say(try #require(ask.first?.commands.first), pressedOn: "1")
        #expect(try await chat.answer("/entry").contains("no entry yet"))
    }

    @Test(
        "what is no plain number is asked about, never guessed", arguments: ["60,000", "-5", "abc", "0", "1e5", "60kk"])
    func mistakes(text: String) async throws {
        let chat = try await Conversations()
        #expect(try await chat.answer("/entry BTC \(text)").contains("cannot read"))
        #expect(try await chat.answer("/entry").contains("no entry yet"))
    }

    @Test("numbers may carry a dollar sign and k or m")
    func numbers() {
        #expect(EntryCommand.price("$60k") == Price("60000"))
        #expect(EntryCommand.price("1.5m") == Price("1500000"))
        #expect(EntryCommand.price("0.00012") == Price("0.00012"))
        #expect(EntryCommand.price("k") == nil)
    }
}
