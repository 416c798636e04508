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
}
