import Collectors
import Market
import Support
import Synchronization
import Transport

/// A time that a test sets.
final class SetTime: TimeSource {
    private let time: Mutex<Timestamp>
    init(_ time: Timestamp) { self.time = Mutex(time) }
    var now: Timestamp { time.withLock { $0 } }
    func move(by span: Span) { time.withLock { $0 += span } }
}

/// A fake service and the client of a source, over real sockets.
struct SourceRig {
    let fake: FakeSource
    let http: AsyncHTTPTransport
    /// 2026-01-11 08:30 UTC.
    let time = SetTime(Timestamp(seconds: 1_768_120_200))

    static func run(_ body: (SourceRig) async throws -> Void) async throws {
        let rig = SourceRig(fake: try await FakeSource.start(), http: try AsyncHTTPTransport())
        do {
            try await body(rig)
        } catch {
            await rig.end()
            throw error
        }
        await rig.end()
    }

    private func end() async {
        await fake.stop()
        await http.shutdown()
    }
}

extension Harvest {
    var items: [(item: MediaItem, time: Timestamp)] {
        points.compactMap { point in
            guard case .text(let item) = point.content else { return nil }
            return (item, point.time)
        }
    }
}

/// The failure that a poll ends with.
func failure(of source: some PolledSource) async -> SourceFailure? {
    var source = source
    do throws(SourceFailure) {
        _ = try await source.poll()
        return nil
    } catch {
        return error
    }
}

/// Keeps what was found.
final class PointLog: DataSink {
    private let held = Mutex<[[DataPoint]]>([])
    var batches: [[DataPoint]] { held.withLock { $0 } }
    func send(_ points: [DataPoint]) async { held.withLock { $0.append(points) } }
}
