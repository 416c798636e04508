import Foundation
import Synchronization

/// A private folder for what cannot be read where it is; it goes away with its owner, with the process's exit, and when
/// Ctrl-C or SIGTERM ends it. Only a process that is killed outright leaves it, in the system's temporary folder.
package final class ScratchFolder: Sendable {
    package let path: String

    private static let held = Mutex<Set<String>>([])
    /// What ends a command before it is done; a process that sees to these signals itself is left alone.
    private static let endings: Void = {
        atexit { ScratchFolder.removeAll() }
        [SIGHUP, SIGINT, SIGTERM].forEach(cleanUp(on:))
        // A reader that has gone is told by the write that fails, and the command ends by itself.
        if isDefault(SIGPIPE) { signal(SIGPIPE, SIG_IGN) }
    }()

    /// Makes the folder. `content` says in its name what it is for.
    package init(for content: String) throws(TabularError) {
        _ = Self.endings
        let folder = FileManager.default.temporaryDirectory.path
        let path = "\(folder)/slipway-\(content)-\(UUID().uuidString)"
        self.path = path
        // Known before it is made, so that no signal comes between.
        Self.held.withLock { _ = $0.insert(path) }
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            Self.held.withLock { _ = $0.remove(path) }
            throw .fileRefused(file: path, reason: "cannot be made: \(error.localizedDescription)")
        }
    }

    deinit {
        let path = path
        Self.held.withLock { _ = $0.remove(path) }
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        // What cannot be removed stays in the temporary folder, which is emptied by the system.
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func removeAll() { held.withLock { $0.forEach(remove) } }

    private static func isDefault(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        // SIG_DFL is no handler at all.
        return action.__sigaction_handler.sa_handler == nil
    }

    private static func cleanUp(on number: Int32) {
        guard isDefault(number) else { return }
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            removeAll()
            signal(number, SIG_DFL)
            // To the process: this thread, as all of the queue's, takes no signals.
            kill(getpid(), number)
        }
        source.resume()
        // Kept for as long as the process lives.
        _ = Unmanaged.passRetained(source as AnyObject)
    }
}
