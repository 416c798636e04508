internal import Foundation
package import Hummingbird
package import SlipwayService

/// What travels with a request through a door.
package struct WireContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who asks; set before any handler runs.
    package var caller: Caller

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        caller = .anonymous
    }

    /// A part of the path as the client meant it: the router leaves it percent-encoded.
    package func pathPart(_ name: String) throws -> String {
        let part = try parameters.require(name)
        guard part.utf8.contains(UInt8(ascii: "%")) else { return part }
        guard let text = part.removingPercentEncoding else {
            throw WireError.malformed("the address is not UTF-8 text with %XX escapes: copy it again")
        }
        return text
    }
}
