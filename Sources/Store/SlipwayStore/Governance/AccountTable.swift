package import SlipwayDomain

/// The SQL of users and tokens.
package enum AccountTable {
    /// What a token proves.
    package struct Holder: Sendable {
        package let user: String
        package let isAdmin: Bool
        /// `person`, or `gateway` for a token that only a gateway may use.
        package let purpose: String
    }

    package static func userCount(in connection: any SQLReader) throws(StoreError) -> Int {
        Int(try connection.row("SELECT COUNT(*) FROM users")?.integer(0) ?? 0)
    }

    package static func exists(_ user: String, in connection: any SQLReader) throws(StoreError) -> Bool {
        try connection.row("SELECT 1 FROM users WHERE name = ?", [.text(user)]) != nil
    }

    package static func insert(
        user: String,
        isAdmin: Bool,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO users (name, is_admin, created_at) VALUES (?, ?, ?)",
            [.text(user), .bool(isAdmin), .integer(time.milliseconds)]
        )
    }

    package static func insert(
        token id: String,
        user: String,
        hash: String,
        purpose: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) {
        try connection.execute(
            "INSERT INTO tokens (id, user_name, hash, created_at, purpose) VALUES (?, ?, ?, ?, ?)",
            [.text(id), .text(user), .text(hash), .integer(time.milliseconds), .text(purpose)]
        )
    }

    /// Who holds the live token with this hash.
    package static func holder(hash: String, in connection: any SQLReader) throws(StoreError) -> Holder? {
        try connection.row(
            """
            SELECT users.name, users.is_admin, tokens.purpose FROM tokens JOIN users ON users.name = tokens.user_name
            WHERE tokens.hash = ? AND tokens.revoked_at IS NULL
            """,
            [.text(hash)]
        ).map { Holder(user: $0.text(0), isAdmin: $0.bool(1), purpose: $0.text(2)) }
    }

    /// The hashes of live tokens for one purpose, at most so many.
    package static func hashes(
        purpose: String,
        limit: Int,
        in connection: any SQLReader
    ) throws(StoreError) -> [String] {
        try connection.rows(
            "SELECT hash FROM tokens WHERE purpose = ? AND revoked_at IS NULL ORDER BY hash LIMIT ?",
            [.text(purpose), .integer(limit)]
        ).map { $0.text(0) }
    }

    /// Marks a token revoked; returns its user, or nil when there is no such live token.
    package static func revoke(
        token id: String,
        at time: Instant,
        in connection: any SQLWriter
    ) throws(StoreError) -> String? {
        guard
            let user = try connection.row(
                "SELECT user_name FROM tokens WHERE id = ? AND revoked_at IS NULL",
                [.text(id)]
            )?.text(0)
        else { return nil }
        try connection.execute(
            "UPDATE tokens SET revoked_at = ? WHERE id = ?",
            [.integer(time.milliseconds), .text(id)]
        )
        return user
    }

    /// Names, whether admin, and live tokens of all users.
    package static func users(in connection: any SQLReader) throws(StoreError) -> [SQLRow] {
        try connection.rows(
            """
            SELECT name, is_admin, created_at,
                (SELECT COUNT(*) FROM tokens WHERE user_name = name AND revoked_at IS NULL)
            FROM users ORDER BY name
            """
        )
    }
}
