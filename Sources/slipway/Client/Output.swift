import ArgumentParser
import Foundation
import SlipwayDomain

/// How a reading command prints.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON for machines.")
    var json = false
}

/// A version of a model, written MODEL@VERSION.
struct ModelVersionArgument: ExpressibleByArgument, Sendable {
    let model: String
    let version: Int

    init?(argument: String) {
        let parts = argument.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let version = Int(parts[1]), version > 0 else { return nil }
        model = String(parts[0])
        self.version = version
    }

    /// The version's place in the native API.
    var path: String { "/models/\(model.urlPart)/versions/\(version)" }
    var text: String { "\(model)@\(version)" }
}

/// Prints to standard output at once, so that a pipe sees lines as they come.
func say(_ text: String = "") {
    write(text, to: .standardOutput)
}

/// A reader that has gone (`slipway ... | head`) ends the command without a word, and a full disk with one.
private func write(_ text: String, to file: FileHandle) {
    do {
        try file.write(contentsOf: Data((text + "\n").utf8))
    } catch {
        let reason = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
        if reason.domain == NSPOSIXErrorDomain, reason.code == Int(EPIPE) || file === FileHandle.standardError {
            Foundation.exit(141)
        }
        whisper("Error: cannot print: \(String(cString: strerror(Int32(reason.code)))); is the disk full?")
        Foundation.exit(1)
    }
}

/// Prints a JSON value for machines: canonical, one line.
func say(json value: JSONValue) throws {
    say(try CanonicalJSON.text(of: value))
}

/// Prints to standard error: progress and what is not the answer, without passwords.
func whisper(_ text: String) {
    write(text.withoutPasswords, to: .standardError)
}

/// Prints the warnings of a server's answer to standard error.
func whisper(warnings: JSONValue?) {
    for warning in warnings?.array ?? [] { whisper("warning: \(warning.string ?? "")") }
}

extension String {
    /// The text with the passwords of databases' addresses made unreadable: what is printed is kept in logs. An address that
    /// is not escaped as it should be ends at a blank, a quote or its question mark.
    var withoutPasswords: String {
        guard contains("postgres") else { return self }
        return replacing(/(postgres(?:ql)?:\/\/[^\s:\/@]*:)[^\s"'?]*@/) { "\($0.1)***@" }
            .replacing(/([?&](?:ssl)?password=)[^\s&#"']*/) { "\($0.1)***" }
    }
}

extension ExitCode {
    /// "No", with the reasons printed.
    static let no = ExitCode(2)
}

extension Double {
    /// A number for people: up to `digits` digits after the point.
    func rounded(to digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
