import Foundation
import Mustache

/// The Mustache templates of `templates/`, parsed once. Values are escaped before they reach a template, so a template
/// cannot forget it.
struct TemplateLibrary: Sendable {
    enum Failure: Error, CustomStringConvertible {
        case invalid(file: String, reason: String)
        var description: String {
            switch self {
            case .invalid(let file, let reason): "\(file): \(reason)"
            }
        }
    }

    private let library: MustacheLibrary
    let names: [String]

    init(shipped: [String: String], overrides: URL?) throws(Failure) {
        var texts = shipped
        if let overrides {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: overrides.path)) ?? []
            for name in names where name.hasSuffix(".mustache") {
                guard let text = try? String(contentsOf: overrides.appending(path: name), encoding: .utf8) else {
                    throw .invalid(file: overrides.appending(path: name).path, reason: "cannot be read as UTF-8")
                }
                texts[String(name.dropLast(9))] = text
            }
        }
        var library = MustacheLibrary()
        for (name, text) in texts {
            do {
                try library.register("{{% CONTENT_TYPE:TEXT}}" + text, named: name)
            } catch {
                throw .invalid(file: "\(name).mustache", reason: "\(error)")
            }
        }
        self.library = library
        names = texts.keys.sorted()
    }

    func render(_ name: String, _ values: [String: Any]) -> String? {
        library.render(values, withTemplate: name)
    }
}
