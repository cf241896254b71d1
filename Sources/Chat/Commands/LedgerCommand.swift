import Decisions
import Messages

/// Recomputes the chain of hashes over alerts and forecasts: `/ledger`; or says whether a head that went out once still
/// stands: `/ledger 120 ab12cd34…`.
struct LedgerCommand: PreparedCommand {
    let name = "ledger"

    func quickPreparation(_ invocation: Invocation, desk: ChatDesk) -> Preparation? {
        desk.ledger == nil || !invocation.arguments.isEmpty ? Preparation.none : nil
    }

    func prepare(_ request: PreparationRequest) async -> Preparation {
        guard let ledger = request.desk.ledger else { return .none }
        do {
            return .answer(LedgerCommand.content(try await ledger.verify()))
        } catch {
            note(error)
            return .answer(.sentence("ledger.unreadable"))
        }
    }

    func run(_ context: CommandContext) throws -> Reply {
        guard let first = context.arguments.first else { return .sentence("ledger.unreadable") }
        let digits = first.hasPrefix("#") ? String(first.dropFirst()) : first
        let hash = context.arguments.dropFirst().first?.lowercased() ?? ""
        guard let sequence = Int64(digits), (8...64).contains(hash.count), hash.allSatisfy(\.isHexDigit) else {
            return .sentence("ledger.usage")
        }
        guard let entry = try context.session.ledgerHead(at: sequence) else {
            return .sentence("ledger.no_entry", ["sequence": .text("\(sequence)")])
        }
        let values: [String: ContentValue] = ["sequence": .text("\(sequence)"), "head": .text(entry.short)]
        return .sentence(entry.hash.hasPrefix(hash) ? "ledger.stands" : "ledger.differs", values)
    }

    static func content(_ report: LedgerReport) -> Content {
        guard report.length > 0 || report.fault != nil else { return .sentence("ledger.empty") }
        var values: [String: ContentValue] = [
            "length": .count(Int(report.length)), "head": .text(report.head.hash),
            "verified": .count(report.verified), "alerts": .count(report.verified - report.forecasts),
            "forecasts": .count(report.forecasts),
            "check": .text("/ledger \(report.head.sequence) \(report.head.short)"),
        ]
        if report.erased > 0 { values["erased"] = .word("ledger.erased", ["count": .count(report.erased)]) }
        if let fault = report.fault {
            values["fault"] = .word("ledger.fault_\(fault.kind.rawValue)", ["sequence": .text("\(fault.sequence)")])
            values["broken"] = .word("ledger.broken", ["count": .count(report.broken)])
        } else {
            values["is_whole"] = .flag(true)
        }
        return Content("ledger", values)
    }
}
