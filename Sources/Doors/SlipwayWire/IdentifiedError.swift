/// An error with the name of the request that it ended, so that a client's complaint is found in the log.
package struct IdentifiedError: Error {
    package let error: any Error
    package let requestID: String

    package init(_ error: any Error, requestID: String) {
        self.error = error
        self.requestID = requestID
    }
}
