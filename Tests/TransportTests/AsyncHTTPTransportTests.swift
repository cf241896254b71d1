import Support
import Synchronization
import Testing
import Transport
import Turns

@Suite("Outgoing HTTP over real sockets", .oneAtATime)
struct AsyncHTTPTransportTests {
    private func withServer<R>(
        _ handler: @escaping LoopbackServer.Handler,
        body: (LoopbackServer, AsyncHTTPTransport) async throws -> R
    ) async throws -> R {
        let server = try await LoopbackServer.start(handler: handler)
        let transport = try AsyncHTTPTransport()
        do {
            let result = try await body(server, transport)
            await transport.shutdown()
            await server.stop()
            return result
        } catch {
            await transport.shutdown()
            await server.stop()
            throw error
        }
    }

    @Test("method, headers and body arrive; status, lower-case headers and body come back")
    func echo() async throws {
        try await withServer { request in
            LoopbackResponse(
                status: 201, headers: [("X-Seen", "\(request.method) \(request.header("x-a") ?? "") \(request.path)")],
                body: request.body)
        } body: { server, transport in
            let answer = try await transport.send(
                HTTPCall(
                    method: "POST", url: server.url + "/a%20b?c=d", headers: [("X-A", "1")], body: Array("hello".utf8),
                    label: "test"))
            #expect(answer.status == 201)
            #expect(answer.headers["x-seen"] == "POST 1 /a b")
            #expect(answer.body == Array("hello".utf8))
        }
    }

    @Test("calls one after the other share one connection")
    func reuse() async throws {
        try await withServer { _ in
            .json("{}")
        } body: { server, transport in
            for _ in 0..<20 { _ = try await transport.send(HTTPCall(url: server.url, label: "test")) }
            #expect(server.accepted == 1)
        }
    }

    @Test("a redirect of a POST is handed back, not followed")
    func redirect() async throws {
        let paths = Mutex<[String]>([])
        try await withServer { request in
            paths.withLock { $0.append(request.path) }
            return LoopbackResponse(status: 307, headers: [("Location", "/elsewhere")])
        } body: { server, transport in
            let call = HTTPCall(method: "POST", url: server.url + "/a", body: [1], label: "test")
            let answer = try await transport.send(call)
            #expect(answer.status == 307)
            #expect(paths.withLock { $0 } == ["/a"])
        }
    }

    @Test("a refused connection means nothing was sent, and the error names no address")
    func refused() async throws {
        let server = try await LoopbackServer.start { _ in .json("{}") }
        await server.stop()
        let transport = try AsyncHTTPTransport()
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(HTTPCall(url: server.url + "/bot123:SECRET/x", label: "test"))
        }
        guard case .notConnected(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.contains("SECRET") && !reason.contains("\(server.port)"))
        await transport.shutdown()
    }

    @Test("a connection cut after the request was read may have done its work")
    func cut() async throws {
        try await withServer { _ in
            .cut
        } body: { server, transport in
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(HTTPCall(method: "POST", url: server.url, body: [1], label: "test"))
            }
            guard case .noAnswer = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("a body cut in the middle is no answer")
    func cutInside() async throws {
        try await withServer { _ in
            LoopbackResponse(body: Array(repeating: 65, count: 100_000), ending: .cutInside)
        } body: { server, transport in
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(HTTPCall(url: server.url, label: "test"))
            }
            guard case .noAnswer = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("a server that says nothing is left at the deadline")
    func slow() async throws {
        try await withServer { _ in
            .silence
        } body: { server, transport in
            let clock = ContinuousClock()
            let start = clock.now
            let error = await #expect(throws: TransportError.self) {
                try await transport.send(HTTPCall(url: server.url, deadline: .milliseconds(200), label: "test"))
            }
            guard case .noAnswer = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(clock.now - start < .seconds(10))
        }
    }

    @Test("an answer over the limit is refused, announced or not")
    func tooLarge() async throws {
        try await withServer { _ in
            LoopbackResponse(body: Array(repeating: 65, count: 10_001))
        } body: { server, transport in
            let small = HTTPCall(url: server.url, limit: 10_000, label: "test")
            await #expect(throws: TransportError.answerTooLarge(limit: 10_000)) { try await transport.send(small) }
            let fits = HTTPCall(url: server.url, limit: 10_001, label: "test")
            let answer = try await transport.send(fits)
            #expect(answer.body.count == 10_001)
        }
    }

    @Test("a cancelled caller gets cancelled, not a failure")
    func cancelled() async throws {
        let (seen, arrived) = AsyncStream.makeStream(of: Void.self)
        try await withServer { _ in
            arrived.yield()
            return .silence
        } body: { server, transport in
            let task = Task { () -> TransportError? in
                do throws(TransportError) {
                    _ = try await transport.send(HTTPCall(url: server.url, label: "test"))
                    return nil
                } catch {
                    return error
                }
            }
            for await _ in seen { break }
            task.cancel()
            #expect(await task.value == .cancelled)
        }
    }

    @Test("an untrusted certificate is refused before anything is sent; a file of authorities makes it trusted")
    func tls() async throws {
        let requests = Mutex(0)
        let server = try await LoopbackServer.start(prepare: TestCertificate.serve) { _ in
            requests.withLock { $0 += 1 }
            return .json("{}")
        }
        let call = HTTPCall(method: "POST", url: "https://127.0.0.1:\(server.port)/", body: [1], label: "test")
        let strict = try AsyncHTTPTransport()
        let error = await #expect(throws: TransportError.self) { try await strict.send(call) }
        await strict.shutdown()
        guard case .notConnected = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(requests.withLock { $0 } == 0)
        try await TestCertificate.withFile { path in
            let trusting = try AsyncHTTPTransport(caFile: path)
            let answer: Result<HTTPAnswer, TransportError>
            do throws(TransportError) {
                answer = .success(try await trusting.send(call))
            } catch {
                answer = .failure(error)
            }
            // A client that is let go while it is open ends the whole run.
            await trusting.shutdown()
            #expect(try answer.get().status == 200)
        }
        await server.stop()
    }

    @Test("a file of authorities that is none stops the start")
    func badAuthorities() {
        #expect(throws: TrustFailure.unreadable(path: "/nowhere.pem")) {
            try AsyncHTTPTransport(caFile: "/nowhere.pem")
        }
    }

    @Test(
        "an address that is none is answered, not trapped on",
        arguments: ["", "http://", "::", "ftp://a/b", "http://[/"])
    func badAddress(_ url: String) async throws {
        let transport = try AsyncHTTPTransport()
        let error = await #expect(throws: TransportError.self) {
            try await transport.send(HTTPCall(url: url, label: "test"))
        }
        guard case .notConnected = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        await transport.shutdown()
    }

    @Test("many callers at once are all answered, each with its own answer")
    func parallel() async throws {
        try await withServer { request in
            .json(request.query["n"] ?? "")
        } body: { server, transport in
            let total = 4000
            let right = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        var right = 0
                        for n in stride(from: worker, to: total, by: 16) {
                            let answer = try await transport.send(HTTPCall(url: server.url + "/?n=\(n)", label: "test"))
                            if answer.body == Array("\(n)".utf8) { right += 1 }
                        }
                        return right
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(right == total)
            #expect(server.accepted <= 32)
        }
    }
}
