/// Everything that is wrong with a manifest, each at its place and with what to write instead.
package struct ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    package let problems: [Problem]

    /// One mistake; lines and columns start at 1.
    package struct Problem: Hashable, Sendable {
        package let line: Int
        package let column: Int
        package let message: String

        package init(line: Int, column: Int, message: String) {
            self.line = line
            self.column = column
            self.message = message
        }
    }

    /// Keeps the problems in the order of the file.
    package init(file: String, problems: [Problem]) {
        self.file = file
        self.problems = problems.sorted {
            ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message)
        }
    }

    /// One line for each problem: `slipway.yaml:4:3: unknown key 'ownr' in metadata: did you mean 'owner'?`.
    package var description: String {
        problems.map { "\(file):\($0.line):\($0.column): \($0.message)" }.joined(separator: "\n")
    }
}
