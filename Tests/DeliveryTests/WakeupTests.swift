import Market
import People
import Testing
import Turns

@testable import Delivery

@Suite(.oneAtATime, .timeLimit(.minutes(1)))
struct WakeupTests {
    @Test("a signal that came before the wait is kept, and many are one")
    func kept() async {
        let wakeup = Wakeup()
        wakeup.signal()
        wakeup.signal()
        await wakeup.wait()
        // The second signal was the same as the first: the next wait ends by its time.
        await wakeup.wait(atMost: .milliseconds(1), on: ContinuousClock())
    }

    @Test("every waiter hears of it, if only one after another")
    func everyWaiter() async {
        let wakeup = Wakeup()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await wakeup.wait()
                    // Whoever began to wait after the signal that woke this one is woken by this.
                    wakeup.signal()
                }
            }
            wakeup.signal()
        }
    }

    @Test("cancellation ends the wait")
    func cancelled() async {
        let wakeup = Wakeup()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await wakeup.wait() }
            group.cancelAll()
        }
    }

    @Test("only the channel that is meant wakes")
    func channels() async {
        let wakeups = ChannelWakeups(channels: [ChannelKind.telegram, .discord])
        wakeups.wake(.discord)
        wakeups.wake(.sms)
        await wakeups[.discord]?.wait()
        #expect(wakeups[.sms] == nil)
    }
}
