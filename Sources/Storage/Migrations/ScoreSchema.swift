extension Migration {
    /// What was said and how it turned out, kept for ever.
    static let scoreSchema = Migration(name: "0013 scores") { d in
        [
            // `subject_id` is the told forecast, or the alert of an opportunity or firing, so no score names a person.
            // `part` is the horizon of a forecast, the kind of an opportunity, the time after a firing. `next_at` is when
            // it is looked at next (rule clock); NULL once settled. `move` is in the called direction.
            """
            CREATE TABLE scores (
                id \(d.countingKey),
                kind TEXT NOT NULL,
                subject_id \(d.integer) NOT NULL,
                symbol TEXT NOT NULL,
                part TEXT NOT NULL,
                side TEXT,
                standing \(d.integer) NOT NULL,
                inputs TEXT,
                model TEXT,
                issued_at \(d.integer) NOT NULL,
                due_at \(d.integer) NOT NULL,
                next_at \(d.integer),
                price \(d.real) NOT NULL,
                median \(d.real),
                low50 \(d.real),
                high50 \(d.real),
                low90 \(d.real),
                high90 \(d.real),
                probability_up \(d.real),
                state TEXT NOT NULL DEFAULT 'open',
                reason TEXT,
                scored_at \(d.integer),
                outcome \(d.real),
                move \(d.real),
                hit \(d.integer),
                held50 \(d.integer),
                held90 \(d.integer),
                brier \(d.real),
                error \(d.real),
                interval_score \(d.real),
                base_rate \(d.real),
                base_median \(d.real),
                base_held50 \(d.integer),
                base_held90 \(d.integer),
                base_brier \(d.real),
                base_error \(d.real),
                base_interval_score \(d.real),
                UNIQUE (kind, subject_id, part)
            ) \(d.tableEnd)
            """,
            "CREATE INDEX scores_next ON scores (next_at) WHERE next_at IS NOT NULL",
            "CREATE INDEX scores_group ON scores (kind, part, side, symbol, issued_at)",
            // How a symbol moved over a span (ms) in the year before a week.
            """
            CREATE TABLE score_baselines (
                symbol TEXT NOT NULL,
                week \(d.integer) NOT NULL,
                span \(d.integer) NOT NULL,
                up \(d.real) NOT NULL,
                down \(d.real) NOT NULL,
                median \(d.real) NOT NULL,
                low50 \(d.real) NOT NULL,
                high50 \(d.real) NOT NULL,
                low90 \(d.real) NOT NULL,
                high90 \(d.real) NOT NULL,
                PRIMARY KEY (symbol, week, span)
            ) \(d.keyedTableEnd)
            """,
            // How far what was entered is taken over: the last alert and the last told forecast.
            """
            CREATE TABLE score_progress (
                kind TEXT NOT NULL PRIMARY KEY,
                last_id \(d.integer) NOT NULL
            ) \(d.tableEnd)
            """,
        ]
    }
}
