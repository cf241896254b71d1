import NIOCore
import Support
import Testing
import Transport
import Turns

@Suite("WebSockets over real sockets", .oneAtATime)
struct WebSocketTransportTests {
    private func withSocket<R>(
        server onSocket: @escaping LoopbackServer.SocketHandler, idleTimeout: Duration = .seconds(30),
        messageLimit: Int = 1 << 20, bufferLimit: Int = 64,
        body: (WebSocketConnection, LoopbackServer) async throws -> R
    ) async throws -> R {
        let server = try await LoopbackServer.start(webSocket: { _ in onSocket }) { _ in .notFound }
        do {
            let connection = try await WebSocketTransport().connect(
                url: server.webSocketURL + "/stream?streams=a/b", idleTimeout: idleTimeout, messageLimit: messageLimit,
                bufferLimit: bufferLimit)
            let result = try await body(connection, server)
            connection.abort()
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private static func ending(of connection: WebSocketConnection) async -> WebSocketError? {
        do {
            for try await _ in connection.messages {}
            return nil
        } catch {
            return error as? WebSocketError
        }
    }

    @Test("text goes both ways, the path and the first frame arrive")
    func echo() async throws {
        try await withSocket { socket in
            try? await socket.send(socket.request.uri)
            for await case .text(let text) in socket.messages { try? await socket.send("echo " + text) }
        } body: { connection, _ in
            var messages = connection.messages.makeAsyncIterator()
            let message1 = try await messages.next()
            #expect(message1 == .text(ByteBuffer(string: "/stream?streams=a/b")))
            try await connection.send(text: "one")
            let message2 = try await messages.next()
            #expect(message2 == .text(ByteBuffer(string: "echo one")))
        }
    }

    @Test("a frame sent right behind the 101 is never lost")
    func firstFrame() async throws {
        let server = try await LoopbackServer.start(webSocket: { _ in
            { socket in
                try? await socket.send("first")
                for await _ in socket.messages {}
            }
        }) { _ in .notFound }
        let transport = try WebSocketTransport()
        for _ in 0..<40 {
            let connection = try await transport.connect(url: server.webSocketURL)
            var messages = connection.messages.makeAsyncIterator()
            let message3 = try await messages.next()
            #expect(message3 == .text(ByteBuffer(string: "first")))
            connection.abort()
        }
        await server.stop()
    }

    @Test("fragments become one message, binary stays binary, pings are answered with their payload")
    func fragments() async throws {
        let (pongs, pong) = AsyncStream.makeStream(of: [UInt8].self)
        try await withSocket { socket in
            try? await socket.ping([1, 2, 3])
            try? await socket.send(fragments: ["one ", "two ", "three"])
            try? await socket.send(binary: [9])
            for await message in socket.messages { if case .pong(let payload) = message { pong.yield(payload) } }
        } body: { connection, _ in
            var messages = connection.messages.makeAsyncIterator()
            let message4 = try await messages.next()
            #expect(message4 == .text(ByteBuffer(string: "one two three")))
            let message5 = try await messages.next()
            #expect(message5 == .binary(ByteBuffer(bytes: [9])))
            var seen = pongs.makeAsyncIterator()
            #expect(await seen.next() == [1, 2, 3])
        }
    }

    @Test("a large message passes under the limit; one over it ends the connection with the reason")
    func hugeFrame() async throws {
        try await withSocket(
            server: { socket in
                try? await socket.send(String(repeating: "x", count: 200_000))
                try? await socket.send(String(repeating: "x", count: 400_000))
                for await _ in socket.messages {}
            }, messageLimit: 300_000
        ) { connection, _ in
            var messages = connection.messages.makeAsyncIterator()
            let message6 = try await messages.next()
            #expect(message6?.buffer.readableBytes == 200_000)
            await #expect(throws: WebSocketError.messageTooLarge(limit: 300_000)) { try await messages.next() }
        }
    }

    @Test("fragments that sum over the limit end the connection with the reason")
    func hugeFragments() async throws {
        try await withSocket(
            server: { socket in
                try? await socket.send(fragments: Array(repeating: String(repeating: "x", count: 100_000), count: 5))
                for await _ in socket.messages {}
            }, messageLimit: 300_000
        ) { connection, _ in
            #expect(await Self.ending(of: connection) == .messageTooLarge(limit: 300_000))
        }
    }

    @Test("a refused upgrade tells the status", arguments: [451, 403, 404, 500])
    func refusedUpgrade(_ status: Int) async throws {
        let server = try await LoopbackServer.start(webSocket: { _ in nil }) { _ in .html("<html>", status: status) }
        await #expect(throws: WebSocketError.refused(status: status, retryAfter: nil)) {
            _ = try await WebSocketTransport().connect(url: server.webSocketURL)
        }
        await server.stop()
    }

    @Test("a 429 to the upgrade tells how long to wait")
    func limitedUpgrade() async throws {
        let server = try await LoopbackServer.start(webSocket: { _ in nil }) { _ in
            .json("{}", status: 429, headers: [("Retry-After", "7")])
        }
        await #expect(throws: WebSocketError.refused(status: 429, retryAfter: .seconds(7))) {
            _ = try await WebSocketTransport().connect(url: server.webSocketURL)
        }
        await server.stop()
    }

    @Test("a cut connection ends the messages with an error, after everything that came before")
    func cut() async throws {
        try await withSocket { socket in
            for n in 0..<10 { try? await socket.send("\(n)") }
            for await _ in socket.messages { socket.cut() }
        } body: { connection, _ in
            var messages = connection.messages.makeAsyncIterator()
            for n in 0..<10 {
                let message7 = try await messages.next()
                #expect(message7 == .text(ByteBuffer(string: "\(n)")))
            }
            try await connection.send(text: "cut me")
            await #expect(throws: WebSocketError.closed(code: nil)) { try await messages.next() }
        }
    }

    @Test("a server's goodbye hands over its code")
    func goodbye() async throws {
        try await withSocket { socket in
            await socket.close(code: 1012)
        } body: { connection, _ in
            #expect(await Self.ending(of: connection) == .closed(code: 1012))
        }
    }

    @Test("our own goodbye ends the messages quietly")
    func ownGoodbye() async throws {
        try await withSocket { socket in
            for await _ in socket.messages {}
        } body: { connection, _ in
            async let ending = Self.ending(of: connection)
            await connection.close()
            #expect(await ending == nil)
        }
    }

    @Test("silence for the idle time ends the messages")
    func idle() async throws {
        try await withSocket(
            server: { socket in
                for await _ in socket.messages {}
            }, idleTimeout: .milliseconds(150)
        ) { connection, _ in
            #expect(await Self.ending(of: connection) == .idle)
        }
    }

    @Test("a reader that lags holds the server up and loses nothing")
    func backPressure() async throws {
        let total = 20_000
        try await withSocket(
            server: { socket in
                let filler = String(repeating: "x", count: 1000)
                for n in 0..<total { try? await socket.send("\(n) \(filler)") }
                for await _ in socket.messages {}
            }, idleTimeout: .seconds(30), bufferLimit: 8
        ) { connection, _ in
            var messages = connection.messages.makeAsyncIterator()
            var expected = 0
            while expected < total, let message = try await messages.next() {
                if !String(buffer: message.buffer).hasPrefix("\(expected) ") { break }
                expected += 1
            }
            #expect(expected == total)
        }
    }

    @Test("an upgrade that is never answered is left at the deadline")
    func slowUpgrade() async throws {
        let server = try await LoopbackServer.start { _ in
            .silence
        }
        let error = await #expect(throws: WebSocketError.self) {
            _ = try await WebSocketTransport().connect(url: server.webSocketURL, deadline: .milliseconds(150))
        }
        guard case .notConnected = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        await server.stop()
    }

    @Test("a refused connection and a wrong address are told as such")
    func notConnected() async throws {
        let server = try await LoopbackServer.start { _ in .notFound }
        await server.stop()
        for url in [server.webSocketURL, "http://a", "ws://", "ws://a:x/", "ws://u@h/", "ws://a/ b"] {
            let error = await #expect(throws: WebSocketError.self) {
                _ = try await WebSocketTransport().connect(url: url)
            }
            guard case .notConnected = error else {
                Issue.record("\(url): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("over TLS an untrusted certificate is refused and a trusted one carries messages")
    func tls() async throws {
        let server = try await LoopbackServer.start(
            prepare: TestCertificate.serve,
            webSocket: { _ in
                { socket in
                    try? await socket.send("secret")
                    for await _ in socket.messages {}
                }
            }
        ) { _ in .notFound }
        let url = "wss://localhost:\(server.port)/ws"
        let error = await #expect(throws: WebSocketError.self) { _ = try await WebSocketTransport().connect(url: url) }
        guard case .notConnected(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("not trusted"))
        try await TestCertificate.withFile { path in
            let connection = try await WebSocketTransport(caFile: path).connect(url: url)
            var messages = connection.messages.makeAsyncIterator()
            let message8 = try await messages.next()
            #expect(message8 == .text(ByteBuffer(string: "secret")))
            connection.abort()
        }
        await server.stop()
    }
}
