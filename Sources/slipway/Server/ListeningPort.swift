import ArgumentParser
import Glibc
import NIOCore
import ServiceLifecycle

/// The port of a server, as its user names it.
enum ListeningPort {
    /// Refuses what is no port's number.
    static func check(_ port: Int) throws {
        guard (0...65535).contains(port) else {
            throw ValidationError("--port must be a number from 1 to 65535, or 0 for a free one, not \(port)")
        }
    }

    /// Runs a server until it is stopped; that its port cannot be had is told in the words of its user.
    static func serve(_ group: ServiceGroup, on port: Int) async throws {
        do {
            try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw CommandError("port \(port) is taken by another program: choose one with --port, or 0 for a free one")
        } catch let error as IOError where error.errnoCode == EACCES {
            throw CommandError("port \(port) needs rights that this user has not: choose one above 1023 with --port")
        }
    }
}
