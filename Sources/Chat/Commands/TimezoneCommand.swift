import Market
import Messages
import People
import Reports

/// Chooses the zone in which times are shown and quiet hours count.
struct TimezoneCommand: Command {
    let name = "timezone"
    private let zones = ZoneDirectory()

    func scene(of invocation: Invocation) -> CommandScene { .administratorsInPlaces }

    func run(_ context: CommandContext) throws -> Reply {
        guard !context.arguments.isEmpty else {
            return .sentence(
                "timezone.choose", ["zone": .text(context.subject.preferences.zone), "now": .time(context.now)],
                buttons: rows(ZoneDirectory.offered))
        }
        switch zones.match(context.arguments.joined(separator: " ")) {
        case .unknown(let nearest):
            let text: ContentValue = .text(UntrustedText.shown(context.arguments.joined(separator: " ")))
            return .sentence("timezone.unknown", ["text": text], buttons: rows(nearest))
        case .zone(let zone):
            var subject = context.subject
            subject.preferences.zone = zone
            try context.session.update(subject)
            if let digest = try context.session.digest(of: subject.id) {
                let next = digest.rhythm.next(after: context.now, zone: zone)
                try context.session.setDigest(digest.rhythm, of: subject.id, nextAt: next)
            }
            var reply = Reply.sentence("timezone.done", ["zone": .text(zone), "now": .time(context.now)])
            reply.reader = Reader(language: subject.preferences.language, zone: zone)
            return reply
        }
    }

    private func rows(_ zones: [String]) -> [[ContentButton]] {
        stride(from: 0, to: zones.count, by: 3).map { start in
            zones[start..<min(start + 3, zones.count)].map { zone in
                let city = zone.split(separator: "/").last.map { String($0).replacing("_", with: " ") } ?? zone
                return ContentButton(.text(city), "/timezone \(zone) !")
            }
        }
    }
}
