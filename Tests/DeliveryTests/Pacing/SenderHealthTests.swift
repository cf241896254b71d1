import Market
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct SenderHealthTests {
    @Test("one chat that keeps failing is that chat's matter")
    func oneChat() {
        var health = SenderHealth()
        for _ in 0..<100 { #expect(health.failed(.unavailable, chat: "1") == nil) }
        for _ in 0..<100 { #expect(health.failed(.limited(.seconds(9)), chat: "1") == nil) }
        #expect(!health.isProbing)
    }

    @Test("four chats failing in a row rest the sender, longer each time, and one success ends it")
    func storm() {
        var health = SenderHealth()
        for chat in ["1", "2", "3"] { #expect(health.failed(.unavailable, chat: chat) == nil) }
        #expect(health.failed(.unavailable, chat: "4") == .seconds(1))
        #expect(health.isProbing)
        #expect(health.failed(.unavailable, chat: "1") == .seconds(2))
        for _ in 0..<10 { _ = health.failed(.unavailable, chat: "1") }
        #expect(health.failed(.unavailable, chat: "1") == .seconds(30))
        health.succeeded()
        #expect(!health.isProbing)
        #expect(health.failed(.unavailable, chat: "1") == nil)
    }

    @Test("a success between them keeps failures apart")
    func interleaved() {
        var health = SenderHealth()
        for index in 0..<50 {
            #expect(health.failed(.unavailable, chat: "\(index)") == nil)
            health.succeeded()
        }
    }

    @Test("four chats told to wait in a row make the sender wait as long")
    func flood() {
        var health = SenderHealth()
        for chat in ["1", "2", "3"] { #expect(health.failed(.limited(.seconds(7)), chat: chat) == nil) }
        #expect(health.failed(.limited(.seconds(7)), chat: "4") == .seconds(7))
    }
}
