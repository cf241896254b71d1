import Market
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct InvocationTests {
    @Test(
        "a command is read however it is spelled",
        arguments: [
            ("/price BTC eth", "price", ["BTC", "eth"]), ("/PRICE   BTC", "price", ["BTC"]),
            ("/price@Some_Bot BTC", "price", ["BTC"]), ("  /list  ", "list", []),
            ("/alert\nBTC > 1", "alert", ["BTC", ">", "1"]), ("/a_1", "a_1", []),
        ])
    func commands(text: String, name: String, arguments: [String]) {
        guard case .command(let invocation) = Utterance(text) else {
            Issue.record("\(text) is no command")
            return
        }
        #expect(invocation.name == name)
        #expect(invocation.arguments == arguments)
        #expect(!invocation.replacesView)
    }

    @Test(
        "what cannot name a command is a sentence",
        arguments: ["/", "/ price", "/pri-ce", "price BTC", "/" + String(repeating: "a", count: 33), "/ñandú"])
    func sentences(text: String) {
        guard case .plain = Utterance(text) else {
            Issue.record("\(text) was read as \(Utterance(text))")
            return
        }
    }

    @Test("invisible characters and those that turn the direction are not read")
    func invisible() {
        #expect(
            Utterance("/pri\u{200B}ce \u{202E}BTC\u{2069}")
                == .command(Invocation(name: "price", arguments: ["BTC"], rest: "BTC")))
        #expect(Utterance("\u{200B}\u{FEFF}\n") == .empty)
        #expect(Utterance("") == .empty)
    }

    @Test("a text of 100 kB is not read at all")
    func huge() {
        #expect(Utterance("/price " + String(repeating: "BTC ", count: 25_000)) == .tooLong)
    }

    @Test("the mark of a button that replaces its view is no argument")
    func replacing() {
        #expect(
            Utterance("/alerts 2 !")
                == .command(Invocation(name: "alerts", arguments: ["2"], rest: "2", replacesView: true)))
        #expect(Utterance("/movers !") == .command(Invocation(name: "movers", rest: "", replacesView: true)))
    }

    @Test("a rule keeps its own spelling behind the name")
    func rest() {
        guard case .command(let invocation) = Utterance("/alert BTC > 70000 and rsi(14, 4h) < 70") else { return }
        #expect(invocation.rest == "BTC > 70000 and rsi(14, 4h) < 70")
    }

    @Test("what is shown again is short, however many marks a letter carries")
    func shown() {
        #expect(UntrustedText.shown("BTC") == "BTC")
        let zalgo = "a" + String(repeating: "\u{0301}", count: 5_000)
        #expect(UntrustedText.shown(zalgo).unicodeScalars.count == 41)
    }

    @Test("the nearest word needs the fewest edits, and a beginning counts as one")
    func nearest() {
        let names = ["price", "predict", "pause", "subscribe", "stop"]
        #expect(NearestWords.nearest(to: "pirce", among: names, count: 1) == ["price"])
        #expect(NearestWords.nearest(to: "sub", among: names, count: 1) == ["subscribe"])
        #expect(NearestWords.nearest(to: "xxxxxxxxx", among: names, count: 2, atMost: 2) == [])
    }

    @Test("a confirm button is good for a minute and cannot be made to last longer")
    func confirmation() {
        let now = Market.Timestamp(seconds: 1_000)
        let words = Confirmation.words(at: now).split(separator: " ").map(String.init)
        let pressed = Invocation(name: "delete", arguments: ["7"] + words)
        #expect(Confirmation.read(pressed, from: 1, now: now + .seconds(59)) == .given)
        #expect(Confirmation.read(pressed, from: 1, now: now + .seconds(61)) == .expired)
        #expect(Confirmation.read(Invocation(name: "delete", arguments: ["7"]), from: 1, now: now) == .missing)
        #expect(
            Confirmation.read(Invocation(name: "delete", arguments: ["7", "yes", "99999"]), from: 1, now: now)
                == .expired)
        #expect(Confirmation.read(Invocation(name: "delete", arguments: ["7", "yes"]), from: 1, now: now) == .expired)
    }
}
