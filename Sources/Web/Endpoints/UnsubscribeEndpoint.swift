import Chat
import Hummingbird
import NIOCore

/// `/unsubscribe/{token}`. It sets and reads no cookie, and neither address nor token leaves with a referrer.
extension UnsubscribeDoor {
    /// RFC 8058's body is 26 bytes; a mail program may send it as a multipart form.
    private static let bodyLimit = 4_096

    func addRoutes(to router: Router<BasicRequestContext>) {
        router.get("unsubscribe/:token") { request, context in
            let token = context.parameters.get("token") ?? ""
            return UnsubscribeDoor.response(
                await show(token: token, language: UnsubscribeDoor.language(of: request)))
        }
        router.post("unsubscribe/:token") { request, context in
            do { _ = try await request.body.collect(upTo: UnsubscribeDoor.bodyLimit) } catch {
                throw HTTPError(.contentTooLarge, message: "at most \(UnsubscribeDoor.bodyLimit) bytes")
            }
            let token = context.parameters.get("token") ?? ""
            return UnsubscribeDoor.response(
                await consume(token: token, language: UnsubscribeDoor.language(of: request)))
        }
    }

    /// The first language that the browser names.
    private static func language(of request: Request) -> String {
        let first = (request.headers[.acceptLanguage] ?? "").prefix { $0 != "," && $0 != ";" && $0 != "-" }
        return first.count <= 8 && first.allSatisfy(\.isLetter) && !first.isEmpty ? first.lowercased() : "en"
    }

    private static func response(_ page: Page) -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy:
                "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        ]
        if let name = HTTPFields.Element.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let name = HTTPFields.Element.Name("X-Robots-Tag") { headers[name] = "noindex" }
        headers[.xContentTypeOptions] = "nosniff"
        return Response(
            status: .init(code: page.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(string: page.html)))
    }
}
