package import Chat
package import People

/// What the stores need to keep contact data: the seal, and words for what people must be told about their channels.
package struct ContactVault: Sendable {
    let seal: ContactSeal
    let renderer: any ContentRendering

    package init(seal: ContactSeal, renderer: any ContentRendering) {
        self.seal = seal
        self.renderer = renderer
    }

    /// The keyed hash by which a number is found again, for settings that must not hold it.
    package func lookup(_ number: PhoneNumber) -> String { seal.lookup(.phone(number)) }

    private static let fingerprintSetting = "secret_key.fingerprint"

    /// Sees to it that this database's contact data was sealed under the key in force. Throws `StorageError.wrongKey` when
    /// there is contact data of another key; without any, the key in force becomes the database's.
    package func check(_ database: SQLiteDatabase) async throws {
        let fingerprint = seal.fingerprint
        try await database.write { sql in
            let known = try sql.first("SELECT value FROM settings WHERE name = ?", [.text(Self.fingerprintSetting)]) {
                $0.text(0)
            }
            if known == fingerprint { return }
            let sealed = try sql.integer("SELECT count(*) FROM contacts") ?? 0
            guard known == nil || sealed == 0 else { throw StorageError.wrongKey }
            try sql.execute(
                """
                INSERT INTO settings (name, value) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, [.text(Self.fingerprintSetting), .text(fingerprint)])
        }
    }
}

/// Answers that hold contact data or a code, as bytes of the outbox. A sealed payload begins with a byte that no version of
/// `MessageCoder` uses.
enum SealedPayload {
    private static let mark: UInt8 = 0xFF
    private static let context = "outbox"

    static func seal(_ payload: [UInt8], with seal: ContactSeal) throws -> [UInt8] {
        [mark] + (try seal.seal(payload, context: context))
    }

    static func isSealed(_ payload: [UInt8]) -> Bool { payload.first == mark }

    static func open(_ payload: [UInt8], with seal: ContactSeal?) throws -> [UInt8] {
        guard isSealed(payload) else { return payload }
        guard let seal else { throw StorageError.noKey }
        return try seal.open(Array(payload.dropFirst()), context: context)
    }
}
