import Market

/// A side door for programs in other languages: `POST /fake/advance` with `minutes`, `/fake/fault` with the `status` that
/// REST requests are answered (none: as they should be).
extension FakeExchange {
    func control(_ request: LoopbackRequest) async -> LoopbackResponse {
        let body = FakeJSON(request.body) ?? .null
        switch request.path {
        case "/fake/advance":
            await advance(by: .minutes(Int64(body["minutes"]?.integer ?? 1)))
        case "/fake/fault":
            let status = body["status"]?.integer
            fault {
                $0.restStatus = status
                $0.retryAfter = status == nil ? nil : 1
            }
        default: return .notFound
        }
        return .json("{}")
    }
}
