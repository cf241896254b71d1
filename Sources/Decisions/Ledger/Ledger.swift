/// A place in the ledger: every alert that was decided and every forecast that was told is one entry of a chain of
/// hashes, so that none can be changed, left out or added later without being seen.
package struct LedgerHead: Hashable, Sendable {
    /// 1 for the first entry; 0 while the ledger is empty.
    package var sequence: Int64
    /// SHA-256, 64 hexadecimal digits; zeros for an empty ledger.
    package var hash: String

    package init(sequence: Int64, hash: String) {
        self.sequence = sequence
        self.hash = hash
    }

    package static let empty = LedgerHead(sequence: 0, hash: String(repeating: "0", count: 64))

    /// The digits that are shown to people and are enough to compare.
    package var short: String { String(hash.prefix(16)) }
}

/// What recomputing the chain found.
package struct LedgerReport: Hashable, Sendable {
    /// The last entry, as it is stored.
    package var head: LedgerHead
    /// Entries whose content and whose place in the chain are what was entered.
    package var verified = 0
    /// Of them, those whose owner erased the content: only its hash is left, and the chain holds.
    package var erased = 0
    /// Of them, forecasts; the others are alerts.
    package var forecasts = 0
    /// The first entry that does not verify.
    package var fault: LedgerFault?
    /// Entries that do not verify.
    package var broken = 0

    package init(head: LedgerHead) { self.head = head }

    package var isWhole: Bool { fault == nil && broken == 0 }
    package var length: Int64 { head.sequence }
}

package struct LedgerFault: Hashable, Sendable {
    /// Names a locale entry `ledger.fault_<raw value>`.
    package enum Kind: String, Sendable, CaseIterable {
        /// Entries before this one are gone.
        case gap
        /// It does not follow from the entry before it.
        case unlinked
        /// The entry itself was changed.
        case altered
        /// What it stands for was changed.
        case content
        /// What it stands for is gone, and not because its owner erased it.
        case missing
        /// An alert or forecast that was never entered.
        case unentered
    }

    package var kind: Kind
    /// The entry; for `unentered` the id of the alert or forecast.
    package var sequence: Int64

    package init(kind: Kind, sequence: Int64) {
        self.kind = kind
        self.sequence = sequence
    }
}

/// The ledger for those who look at it. Entries are made by the store, in the transaction that stores what they stand
/// for.
package protocol LedgerReader: Sendable {
    func head() async throws -> LedgerHead
    /// Recomputes the whole chain. It takes time that grows with the chain (about a second for 100,000 entries) and
    /// holds up no writer.
    func verify() async throws -> LedgerReport
}
