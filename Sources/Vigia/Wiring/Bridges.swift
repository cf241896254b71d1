import Chat
import Decisions
import Delivery
import Market
import Messages

/// Where a seam of one module meets the implementation of another.

extension MessageRenderer: ContentRendering {}

/// Alerts in words, for delivery.
struct AlertRenderer: AlertRendering {
    let renderer: MessageRenderer
    let contents: AlertContent

    func message(for alert: StoredAlert, reader: Reader) throws -> Message {
        try renderer.message(for: contents.content(for: alert), reader: reader)
    }

    func digest(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        try renderer.message(for: contents.digest(alerts), reader: reader)
    }

    func summary(_ alerts: [StoredAlert], reader: Reader) throws -> Message {
        try renderer.message(for: contents.summary(alerts), reader: reader)
    }
}

extension AlertRenderer: LivingRendering {
    func living(
        _ alert: StoredAlert, _ situation: LivingSituation, at time: Timestamp, reader: Reader
    ) throws -> Message {
        try renderer.message(
            for: contents.living(alert, stage: situation.stage.rawValue, change: situation.shown, at: time),
            reader: reader)
    }

    func news(
        _ alert: StoredAlert, _ situation: LivingSituation, at time: Timestamp, reader: Reader
    ) throws -> Message {
        try renderer.message(
            for: contents.news(alert, stage: situation.stage.rawValue, change: situation.shown, at: time),
            reader: reader)
    }
}

/// One-time codes for claims and invites.
struct RandomCodes: CodeMaking {
    func newCode() -> (code: String, hash: String) {
        let code = Secrets.code()
        return (code, Secrets.hash(code))
    }

    func hash(of code: String) -> String { Secrets.hash(code) }
}

/// Symbols for people, from the directory.
struct DirectoryLookup: SymbolMatching {
    let directory: SymbolDirectory

    func match(_ text: String) -> SymbolMatch {
        switch directory.resolve(text) {
        case .symbol(let symbol): .symbol(symbol)
        case .unknown(let nearest): .unknown(nearest: nearest)
        }
    }
}
