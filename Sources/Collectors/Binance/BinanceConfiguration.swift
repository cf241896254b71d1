package import Market

/// Where Binance is and how much of it is wanted.
package struct BinanceConfiguration: Sendable {
    /// Base of the REST API (`BINANCE_API_URL`).
    package var apiURL: String
    /// Base of the streams (`BINANCE_WS_URL`), to which `/stream` is added.
    package var streamURL: String
    /// Sent with REST requests when set (`BINANCE_API_KEY`).
    package var apiKey: String?
    /// Depth of the first back-fill by timeframe; a timeframe without an entry is not back-filled.
    package var history: [Timeframe: Span]
    /// Pairs on one connection: two streams each, and the venue allows 1,024 streams.
    package var pairsPerConnection: Int

    package init(
        apiURL: String = "https://api.binance.com", streamURL: String = "wss://stream.binance.com:9443",
        apiKey: String? = nil, history: [Timeframe: Span] = [.h1: .days(3 * 365), .m1: .days(400)],
        pairsPerConnection: Int = 500
    ) {
        self.apiURL = apiURL
        self.streamURL = streamURL
        self.apiKey = apiKey
        self.history = history
        self.pairsPerConnection = min(max(pairsPerConnection, 1), 511)
    }
}
