/// A `multipart/form-data` body (RFC 7578) of plain fields and one file.
struct MultipartForm {
    let contentType: String
    let body: [UInt8]

    init(fields: [String: JSONValue], fileField: String, fileName: String, mediaType: String, content: [UInt8]) {
        // The boundary may not occur in the file; it grows until it does not.
        var boundary = "vigia-form"
        while content.contains(Array(boundary.utf8)) { boundary += "-\(UInt64.random(in: 0 ... .max))" }
        var out: [UInt8] = []
        out.reserveCapacity(content.count + 1_024)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            out.append(contentsOf: "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n".utf8)
            out.append(contentsOf: value.string.map { Array($0.utf8) } ?? value.encoded)
            out.append(contentsOf: "\r\n".utf8)
        }
        let safeName = String(
            String.UnicodeScalarView(
                fileName.unicodeScalars.map { $0.value < 0x20 || $0 == "\"" || $0 == "\\" || $0 == "/" ? "_" : $0 }))
        out.append(contentsOf: "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(fileField)\"; ".utf8)
        out.append(contentsOf: "filename=\"\(safeName)\"\r\nContent-Type: \(mediaType)\r\n\r\n".utf8)
        out.append(contentsOf: content)
        out.append(contentsOf: "\r\n--\(boundary)--\r\n".utf8)
        contentType = "multipart/form-data; boundary=\(boundary)"
        body = out
    }
}
