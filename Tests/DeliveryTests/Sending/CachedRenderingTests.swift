import Decisions
import Market
import Messages
import Synchronization
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime) struct CachedRenderingTests {
    private final class Counting: AlertRendering {
        let renders = Mutex(0)
        func message(for alert: StoredAlert, reader: Reader) throws -> Message {
            renders.withLock { $0 += 1 }
            return text("\(alert.id) \(reader.language) \(reader.zone)")
        }
        func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message { text("digest") }
    }

    private func alert(_ id: Int64) -> StoredAlert {
        StoredAlert(id: AlertID(id), alert: opportunity("\(id)", symbol: .btc))
    }

    @Test("an alert is rendered once a language and zone, not once a person")
    func once() throws {
        let counting = Counting()
        let cached = CachedRendering(counting)
        for _ in 0..<1000 {
            for (language, zone) in [("en", "UTC"), ("es", "UTC"), ("es", "Europe/Madrid")] {
                let message = try cached.message(for: alert(1), reader: Reader(language: language, zone: zone))
                #expect(message.plainText == "1 \(language) \(zone)")
            }
        }
        #expect(counting.renders.withLock { $0 } == 3)
    }

    @Test("only the latest are remembered")
    func bounded() throws {
        let counting = Counting()
        let cached = CachedRendering(counting, capacity: 10)
        let reader = Reader(language: "en", zone: "UTC")
        for id in 1...100 { _ = try cached.message(for: alert(Int64(id)), reader: reader) }
        _ = try cached.message(for: alert(91), reader: reader)
        #expect(counting.renders.withLock { $0 } == 100)
        _ = try cached.message(for: alert(1), reader: reader)
        #expect(counting.renders.withLock { $0 } == 101)
    }
}
