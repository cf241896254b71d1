import Market

extension Opportunity {
    /// Section 12: strength and size of the expected move together; a provisional strength is never critical.
    ///
    /// Where the size is unknown (too little history to say what is usual) nothing stands for it: the move is taken to be
    /// an ordinary one, so strength alone makes an opportunity medium at most, and its message says that the size is
    /// unknown.
    package var priority: Priority {
        let ratio = moveRatio ?? 0
        if strength >= 0.95, ratio >= 2, !strengthIsProvisional { return .critical }
        if strength >= 0.85, ratio >= 1.5 { return .high }
        return strength >= 0.5 ? .medium : .low
    }

    /// As an alert to its subscribers. The same decision made again (after a restart) has the same natural key.
    package var alert: Alert {
        Alert(
            naturalKey: "opportunity:\(symbol):\(kind.rawValue):\(side.rawValue):\(at.milliseconds)", symbol: symbol,
            priority: priority, issuedAt: at, audience: .subscribers(symbol, strength: strength),
            body: .opportunity(self))
    }
}
