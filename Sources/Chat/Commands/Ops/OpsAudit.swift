import Market
import Messages
import People

/// `/ops audit [page]`: who changed what and when, newest first.
struct OpsAudit: OpsCommand.Subcommand {
    private static let pageSize = 10

    let name = "audit"

    func run(_ context: CommandContext, _ arguments: [String]) throws -> Reply {
        let count = try context.session.auditCount()
        guard count > 0 else { return .sentence("ops.no_audit") }
        let paging = Paging(
            count: count, size: OpsAudit.pageSize, wanted: arguments.first.flatMap(Int.init), command: "/ops audit")
        let records = try context.session.audits(limit: paging.range.count, offset: paging.range.lowerBound)
        var names: [RecipientID: ContentValue] = [:]
        for id in Set(records.compactMap(\.who)) {
            let identities = try context.session.identities(of: id).map(\.description).joined(separator: ", ")
            names[id] = .text("#\(id) \(identities)")
        }
        var values = paging.values
        values["rows"] = .list(
            records.map { record in
                var row: [String: ContentValue] = [
                    "at": .time(record.at), "action": .text(record.action),
                    "who": record.who.flatMap { names[$0] } ?? .word("ops.audit_erased"),
                ]
                if !record.detail.isEmpty { row["detail"] = .text(record.detail) }
                return row
            })
        return Reply(Content("ops-audit", values, buttons: [paging.buttons].filter { !$0.isEmpty }))
    }
}
