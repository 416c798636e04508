import ArgumentParser
import Foundation
import SlipwayPolicy

/// How a command ends that threw: its message, without passwords, and one of the three exit codes that are promised.
struct CommandEnd {
    let message: String
    let isAsked: Bool
    let code: Int32

    /// `arguments` are the words after the program's name.
    init(_ error: any Error, arguments: [String]) {
        let code = Slipway.exitCode(for: error)
        isAsked = code == .success
        // The parser's own code for wrong usage is 64; here an error is 1.
        self.code = code == .validationFailure ? ExitCode.failure.rawValue : code.rawValue
        let text = Slipway.fullMessage(for: error)
        let word = code == .validationFailure ? Self.suggestion(for: arguments) : nil
        message = (text + (word.map { "\n  Did you mean '\($0)'?" } ?? "")).withoutPasswords
    }

    /// Prints and ends the process.
    func end() -> Never {
        if !message.isEmpty {
            if isAsked { say(message) } else { whisper(message) }
        }
        Foundation.exit(code)
    }

    /// The command that the first word that is none was meant to be.
    static func suggestion(for arguments: [String]) -> String? {
        var command: any ParsableCommand.Type = Slipway.self
        for word in arguments {
            let below = command.configuration.subcommands
            guard !below.isEmpty, !word.hasPrefix("-") else { return nil }
            if let next = below.first(where: { $0.configuration.commandName == word }) {
                command = next
            } else {
                return Spelling.nearest(to: word, in: below.compactMap { $0.configuration.commandName })
            }
        }
        return nil
    }
}
