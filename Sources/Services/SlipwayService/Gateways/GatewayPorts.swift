/// How a gateway reaches the control plane.
package protocol GatewayLink: Sendable {
    /// The routing table, or nil when it is still the one with this tag; waits so long for it to change.
    func routes(after tag: String?, waitMilliseconds: Int) async throws -> (bytes: [UInt8], tag: String)?
    /// The file of a version that the table names.
    func file(model: String, version: Int, digest: String) async throws -> [UInt8]
    /// The reference profile that the table names, as JSON.
    func reference(model: String, version: Int) async throws -> [UInt8]
    /// Delivers a report; returns when it was taken.
    func deliver(_ report: [UInt8]) async throws
}

/// What a gateway keeps on its disk, so that it can start without the control plane. All calls block their thread.
package protocol GatewayFiles: Sendable {
    /// The last table; nil when there is none.
    func routes() throws(ServiceError) -> [UInt8]?
    /// Keeps a table, durable when the call returns.
    func keep(routes: [UInt8]) throws(ServiceError)
    /// Forgets the table.
    func forgetRoutes()
    /// The content with this digest (`sha256:...`); nil when there is none. The bytes may be anything: check them.
    func content(_ digest: String) throws(ServiceError) -> [UInt8]?
    /// Keeps content under its digest, durable when the call returns.
    func keep(_ bytes: [UInt8], digest: String) throws(ServiceError)
    /// Removes all content but this.
    func prune(keeping digests: Set<String>) throws(ServiceError)
}
