package import CoreMetrics
import Synchronization

/// Keeps every metric of the process and writes them in Prometheus text format. Timers are histograms in seconds.
///
/// The series of one name are bounded: past `seriesLimit` a new label set is not kept, and
/// `vigia_metrics_dropped_total` counts it.
package final class MetricsRegistry: MetricsFactory {
    private struct Key: Hashable {
        var name: String
        var labels: String
    }

    private struct State {
        var counters: [Key: CounterCell] = [:]
        var gauges: [Key: GaugeCell] = [:]
        var histograms: [Key: HistogramCell] = [:]
        var dropped: Int64 = 0
    }

    private let state = Mutex(State())
    private let seriesLimit: Int

    package init(seriesLimit: Int = 2000) { self.seriesLimit = seriesLimit }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(\.counters, label, dimensions) { CounterCell() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(\.gauges, label, dimensions) { GaugeCell() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        if aggregate { return cell(\.histograms, label, dimensions) { HistogramCell() } }
        return cell(\.gauges, label, dimensions) { GaugeCell() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(\.histograms, label, dimensions) { HistogramCell() }
    }

    // Cells live as long as the process: a handle that went out of use still counts towards its series.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// Sets a gauge that is read off at scrape time.
    package func set(_ name: String, _ dimensions: [(String, String)] = [], to value: Double) {
        cell(\.gauges, name, dimensions) { GaugeCell() }.set(value)
    }

    /// The Prometheus text exposition format, version 0.0.4.
    package var exposition: String {
        let (counters, gauges, histograms, dropped) = state.withLock {
            ($0.counters, $0.gauges, $0.histograms, $0.dropped)
        }
        var out = ""
        func family<Cell>(_ cells: [Key: Cell], _ type: String, _ write: (Key, Cell) -> String) {
            var last = ""
            for (key, cell) in cells.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }) {
                if key.name != last { out += "# TYPE \(key.name) \(type)\n" }
                last = key.name
                out += write(key, cell)
            }
        }
        family(counters, "counter") { "\($0.name)\(MetricsRegistry.braces($0.labels)) \($1.value)\n" }
        family(gauges, "gauge") { "\($0.name)\(MetricsRegistry.braces($0.labels)) \($1.value)\n" }
        family(histograms, "histogram") { key, cell in
            let snapshot = cell.snapshot
            var text = ""
            var running: Int64 = 0
            for (bound, count) in zip(HistogramCell.bounds.map { "\($0)" } + ["+Inf"], snapshot.buckets) {
                running += count
                text += "\(key.name)_bucket\(MetricsRegistry.braces(key.labels, extra: "le=\"\(bound)\"")) \(running)\n"
            }
            text += "\(key.name)_sum\(MetricsRegistry.braces(key.labels)) \(snapshot.sum)\n"
            return text + "\(key.name)_count\(MetricsRegistry.braces(key.labels)) \(running)\n"
        }
        out += "# TYPE vigia_metrics_dropped_total counter\nvigia_metrics_dropped_total \(dropped)\n"
        return out
    }

    private func cell<Cell: Sendable>(
        _ path: any WritableKeyPath<State, [Key: Cell]> & Sendable, _ name: String, _ dimensions: [(String, String)],
        make: () -> Cell
    ) -> Cell {
        let labels = dimensions.map { "\($0.0)=\"\(MetricsRegistry.escape($0.1))\"" }.joined(separator: ",")
        let key = Key(name: MetricsRegistry.sanitize(name), labels: labels)
        return state.withLock { state in
            if let known = state[keyPath: path][key] { return known }
            let fresh = make()
            if state[keyPath: path].count < seriesLimit {
                state[keyPath: path][key] = fresh
            } else {
                state.dropped += 1
            }
            return fresh
        }
    }

    private static func braces(_ labels: String, extra: String = "") -> String {
        let inside = [labels, extra].filter { !$0.isEmpty }.joined(separator: ",")
        return inside.isEmpty ? "" : "{\(inside)}"
    }

    private static func escape(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func sanitize(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    }
}

private final class CounterCell: CounterHandler {
    private let count = Atomic<Int64>(0)
    var value: Int64 { count.load(ordering: .relaxed) }
    func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }
}

private final class GaugeCell: MeterHandler, RecorderHandler {
    private let current = Mutex(0.0)
    var value: Double { current.withLock { $0 } }
    func set(_ value: Int64) { current.withLock { $0 = Double(value) } }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
}

private final class HistogramCell: TimerHandler, RecorderHandler {
    /// Upper bounds in seconds, from what one tick costs to what a slow provider takes.
    static let bounds: [Double] = [
        0.0001, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
    ]

    struct Snapshot {
        var buckets = [Int64](repeating: 0, count: HistogramCell.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(Snapshot())
    var snapshot: Snapshot { state.withLock { $0 } }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) {
        let index = HistogramCell.bounds.firstIndex { value <= $0 } ?? HistogramCell.bounds.count
        state.withLock {
            $0.buckets[index] += 1
            $0.sum += value
        }
    }
}
