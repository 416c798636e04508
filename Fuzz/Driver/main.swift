import CFuzzer
import Foundation
import FuzzProperties

// slipway-fuzz TARGET [libFuzzer's options and folders]

let variable = "SLIPWAY_FUZZ_TARGET"
var words = CommandLine.arguments
if words.count > 1, FuzzTarget(rawValue: words[1]) != nil {
    // libFuzzer starts this program again for some of its work, without a word that it does not know.
    setenv(variable, words.remove(at: 1), 1)
}
guard let target = getenv(variable).flatMap({ FuzzTarget(rawValue: String(cString: $0)) }) else {
    let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    FileHandle.standardError.write(Data("usage: slipway-fuzz TARGET [libFuzzer's options]; targets: \(known)\n".utf8))
    exit(2)
}
FuzzRun.target = target
var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
var count = Int32(arguments.count - 1)
let code = arguments.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    return LLVMFuzzerRunDriver(&count, &start) { data, size in
        let bytes = Array(UnsafeBufferPointer(start: data, count: size))
        if let reason = FuzzRun.target.violation(bytes) { fatalError(reason) }
        return 0
    }
}
exit(code)

/// What the driver's only function, which can hold nothing, works on.
enum FuzzRun {
    nonisolated(unsafe) static var target = FuzzTarget.json
}
