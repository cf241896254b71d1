import Market
import Messages
import People
import Synchronization
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct ContactChannelTests {
    private struct Book: ContactBook {
        struct Locked: Error {}
        func address(of reference: String, on channel: ChannelKind) async throws -> String? {
            if reference == "locked" { throw Locked() }
            return reference == "c1" ? (channel == .email ? "Me@Example.com" : "+34600111222") : nil
        }
    }

    private final class Provider: Channel {
        let kind: ChannelKind
        let error: DeliveryError?
        let seen = Mutex<[OutgoingDelivery]>([])
        init(_ kind: ChannelKind, error: DeliveryError? = nil) {
            self.kind = kind
            self.error = error
        }
        func send(_ delivery: OutgoingDelivery) async throws(DeliveryError) -> Receipt {
            seen.withLock { $0.append(delivery) }
            if let error { throw error }
            return Receipt(providerMessageID: "1")
        }
    }

    private func delivery(_ address: String) -> OutgoingDelivery {
        OutgoingDelivery(
            id: OutboxID(1), address: address, message: Message(blocks: []), form: .new, possibleRepeat: false)
    }

    @Test("the provider is given the plain address, and keeps the reference for links")
    func resolves() async throws {
        let provider = Provider(.email)
        let receipt = try await ContactChannel(provider, book: Book()).send(delivery("c1"))
        #expect(receipt.providerMessageID == "1")
        let seen = provider.seen.withLock { $0 }
        #expect(seen.map(\.address) == ["Me@Example.com"])
        #expect(seen.map(\.contact) == ["c1"])
    }

    @Test("a contact that is gone is gone for good; a book that cannot be read is tried again")
    func failures() async throws {
        let provider = Provider(.email)
        let channel = ContactChannel(provider, book: Book())
        await #expect(throws: DeliveryError.recipientGone(reason: "removed")) {
            try await channel.send(delivery("c2"))
        }
        await #expect(throws: DeliveryError.unavailable(reason: "contact not readable")) {
            try await channel.send(delivery("locked"))
        }
        #expect(provider.seen.withLock { $0.isEmpty })
    }

    @Test("no reason that is stored or logged repeats the address, however the provider writes it")
    func scrubbed() async throws {
        let mail = Provider(.email, error: .recipientGone(reason: "550 5.1.1 <me@EXAMPLE.com>: no ME@example.com é"))
        await #expect(throws: DeliveryError.recipientGone(reason: "550 5.1.1 <(address)>: no (address) é")) {
            try await ContactChannel(mail, book: Book()).send(delivery("c1"))
        }
        let phone = Provider(.sms, error: .rejected(reason: "21610 to 34600111222 or +34600111222"))
        await #expect(throws: DeliveryError.rejected(reason: "21610 to (address) or (address)")) {
            try await ContactChannel(phone, book: Book()).send(delivery("c1"))
        }
    }

    @Test("channels of chats stay as they are")
    func wraps() {
        #expect(ContactChannel.wrapping(Provider(.email), book: Book()) is ContactChannel)
        #expect(ContactChannel.wrapping(Provider(.sms), book: Book()) is ContactChannel)
        #expect(!(ContactChannel.wrapping(Provider(.telegram), book: Book()) is ContactChannel))
        #expect(!(ContactChannel.wrapping(Provider(.discord), book: Book()) is ContactChannel))
    }
}
