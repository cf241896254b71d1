import Delivery
import Market
import Messages

/// Stages and reasons of deliveries in the reader's words.
enum DeliveryWords {
    /// Reasons that our own gate gives; what a provider answered is shown as it came.
    private static let known = [
        "muted": "delivery_reason.muted", "quiet hours": "delivery_reason.quiet_hours",
        "hourly budget": "delivery_reason.hourly_budget", "attention budget": "delivery_reason.attention_budget",
        "no longer wanted": "delivery_reason.not_wanted",
        "expired": "delivery_reason.expired", "stopped": "delivery_reason.stopped",
        "recipient blocked": "delivery_reason.blocked", "recipient gone": "delivery_reason.gone",
        "outcome unknown": "delivery_reason.outcome_unknown", "rate limited": "delivery_reason.rate_limited",
        "moved": "delivery_reason.moved", "forgotten": "delivery_reason.forgotten",
    ]

    static func reason(_ reason: String) -> ContentValue {
        known[reason].map { .word($0) } ?? .text(UntrustedText.shown(UntrustedText.cleaned(reason), limit: 200))
    }

    /// What happened to a delivery, oldest first, the present state last.
    static func lines(of delivery: DeliveryPassage) -> [ContentValue] {
        [.word("why.queued", ["at": .time(delivery.queuedAt)])] + delivery.stages.map(line)
            + (delivery.isInDigest ? [.word("why.in_digest")] : []) + [state(of: delivery)]
            + (delivery.possibleRepeat ? [.word("why.possible_repeat")] : [])
            + (delivery.providerMessageID.map { [.word("why.provider_id", ["id": .text($0)])] } ?? [])
    }

    static func line(_ stage: DeliveryStage) -> ContentValue {
        .word(
            "stage.\(stage.kind.rawValue)",
            ["at": .time(stage.at), "reason": stage.detail.isEmpty ? .text("") : reason(stage.detail)])
    }

    private static func state(of delivery: DeliveryPassage) -> ContentValue {
        let why = delivery.reason.map(reason) ?? .text("-")
        let at: ContentValue = delivery.finishedAt.map { .time($0) } ?? .text("")
        let tries: [String: ContentValue] = ["at": at, "reason": why, "count": .count(delivery.attempts)]
        switch delivery.state {
        case "sent": return .word("why.sent", tries)
        case "dead": return .word("why.dead", tries)
        case "dropped": return .word("why.dropped", tries)
        case "held":
            return .word(
                "why.held", ["until": delivery.heldUntil.map { .time($0) } ?? .text("-"), "reason": why])
        case "leased": return .word("why.leased")
        default:
            return .word("why.pending", ["due": delivery.dueAt.map { .time($0) } ?? .text("-")])
        }
    }
}
