import Market
import People
import Testing
import Turns

@testable import Chat

@Suite(.oneAtATime) struct CommandThrottleTests {
    private let start = Timestamp(seconds: 1_000_000)
    private func speaker(_ id: Int) -> Identity { Identity(platform: .telegram, externalID: "\(id)") }

    @Test("twenty a minute pass, the next gets one notice, further ones nothing")
    func notice() {
        let throttle = CommandThrottle()
        for second in 0..<20 {
            #expect(throttle.admit(speaker(1), at: start + .seconds(Int64(second))) == .allowed)
        }
        #expect(throttle.admit(speaker(1), at: start + .seconds(20)) == .notice(.seconds(40)))
        #expect(throttle.admit(speaker(1), at: start + .seconds(21)) == .silent)
        #expect(throttle.admit(speaker(2), at: start + .seconds(21)) == .allowed, "others are not concerned")
    }

    @Test("the window slides: there is room again when the oldest is a minute old, and a new notice later")
    func sliding() {
        let throttle = CommandThrottle(limit: 2)
        #expect(throttle.admit(speaker(1), at: start) == .allowed)
        #expect(throttle.admit(speaker(1), at: start + .seconds(30)) == .allowed)
        #expect(throttle.admit(speaker(1), at: start + .seconds(59)) == .notice(.seconds(1)))
        #expect(throttle.admit(speaker(1), at: start + .seconds(60)) == .allowed)
        #expect(throttle.admit(speaker(1), at: start + .seconds(61)) == .notice(.seconds(29)))
    }

    @Test("no window of a minute ever holds more than the limit, against a plain list of times")
    func against() {
        let throttle = CommandThrottle(limit: 5)
        var allowed: [Int64] = []
        var seed: UInt64 = 7
        var time: Int64 = 0
        for _ in 0..<5_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            time += Int64(seed >> 33) % 12_000
            let isAllowed = throttle.admit(speaker(1), at: start + .milliseconds(time)) == .allowed
            let inWindow = allowed.filter { time - $0 < 60_000 }.count
            #expect(isAllowed == (inWindow < 5))
            if isAllowed { allowed.append(time) }
        }
    }

    @Test("memory is bounded, and a busy speaker is not forgotten by the passing of the generations")
    func bounded() {
        let throttle = CommandThrottle(limit: 3, mostSpeakers: 100)
        for _ in 0..<3 { #expect(throttle.admit(speaker(0), at: start) == .allowed) }
        for id in 1...150 { _ = throttle.admit(speaker(id), at: start) }
        #expect(throttle.admit(speaker(0), at: start + .seconds(1)) != .allowed)
    }
}
