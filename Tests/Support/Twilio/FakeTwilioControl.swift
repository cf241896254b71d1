/// A side door for programs in other languages: `POST /fake/optout`, `/fake/fault`, `/fake/limit`, `/fake/report` with
/// JSON bodies.
extension FakeTwilio {
    func control(_ request: LoopbackRequest) -> LoopbackResponse {
        let body = FakeJSON(request.body) ?? .null
        switch request.path {
        case "/fake/optout": optOut(body["number"]?.string ?? "")
        case "/fake/fault":
            fault(
                .refuse(
                    status: body["status"]?.integer ?? 500, code: body["code"]?.integer ?? 0,
                    retryAfter: body["retry_after"]?.string))
        case "/fake/limit": limit(body["count"]?.integer)
        case "/fake/report":
            report(
                body["sid"]?.string ?? "", status: body["status"]?.string ?? "delivered",
                errorCode: body["error_code"]?.integer)
        default: return .notFound
        }
        return .json("{}")
    }
}
