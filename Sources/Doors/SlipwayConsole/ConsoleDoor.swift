package import Hummingbird
package import SlipwayService
package import SlipwayWire

package struct ConsoleDoor: Door {
    let reports: ModelReports
    package init(reports: ModelReports) { self.reports = reports }
    package var routes: [Route] { [] }
    package func response(to error: any Error) -> Response { .html("error", status: .notFound) }
}
