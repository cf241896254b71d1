package import Market

/// Where collectors put what they saw.
package protocol MarketSink: Sendable {
    /// Takes an event. Waits while there is no room for one that may not be dropped; returns at once, leaving it, when
    /// the calling task is cancelled.
    func send(_ event: MarketEvent) async
}
