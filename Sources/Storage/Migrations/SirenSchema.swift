extension Migration {
    /// Which alerts were sent as a move of one venue: their sirens may still come. Nothing else is marked, so the index is
    /// small and costs other alerts nothing.
    static let sirens = Migration(name: "0008 sirens") { d in
        [
            "ALTER TABLE alerts ADD COLUMN one_venue \(d.integer)",
            "CREATE INDEX alerts_one_venue ON alerts (issued_at) WHERE one_venue = 1",
        ]
    }
}
