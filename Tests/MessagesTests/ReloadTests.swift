import Foundation
import Market
import Testing
import Turns

@testable import Messages

@Suite(.oneAtATime) struct ReloadTests {
    private func text(_ renderer: MessageRenderer) throws -> String {
        try renderer.message(
            for: .sentence("error.busy"), reader: Reader(language: "en", zone: "UTC")
        ).plainText
    }

    @Test("a reload reaches every copy, and one that is not accepted changes nothing")
    func reload() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "vigia-reload-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "sentence.mustache")
        let renderer = try MessageRenderer()
        let copy = renderer
        let shipped = try text(copy)
        try "Hear: {{sentence}}".write(to: file, atomically: true, encoding: .utf8)
        try renderer.reload(templates: folder, locales: nil)
        #expect(try text(copy) == "Hear: " + shipped)
        try "{{#open}} never closed".write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: (any Error).self) { try renderer.reload(templates: folder, locales: nil) }
        #expect(try text(copy) == "Hear: " + shipped)
        try renderer.reload(templates: nil, locales: nil)
        #expect(try text(copy) == shipped)
    }

    @Test("a document has plain instants and escaped values")
    func document() throws {
        let content = Content("sentence", ["sentence": .word("digest.done", ["next": .time(.init(seconds: 0))])])
        let page = try MessageRenderer().document(for: content, reader: Reader(language: "en", zone: "UTC"))
        #expect(!page.contains("<time"))
        #expect(page.contains("1 Jan 1970 00:00 UTC"))
    }
}
