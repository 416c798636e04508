import SlipwayService
import Testing

@Suite struct ArtifactPathTests {
    @Test(
        "A path that could leave the store is refused, however it is spelled",
        arguments: [
            "..", "../x", "../../../etc/passwd", "a/../b", "a/..", "./../../etc", "a/./../../b",
            "%2e%2e/%2e%2e/etc", "%2E%2E/x", "..%2fx", "a%2f..%2f..%2fb", "%252e%252e/x", "%25252e%25252e/x",
            "%252E%252E%252Ftmp", "%2e%2e%5cx", "..%5cx", "..%255cx",
            "a;/../../b", "..;/b", "a/..;x=1/b", ";%2e%2e/..;/", "%2e%2e;/x",
            "/etc/passwd", "//etc/passwd", "///x", "%2Fetc%2Fpasswd", "%252Fetc", "//server/share",
            "C:/windows", "c:", "C:%2fwindows", "c:%5cwindows", "a\\..\\b", "\\\\host\\share", "a%5c..%5cb", "\\",
            "file:///etc/passwd", "FILE:/etc", "file:etc", "file:%2f%2f%2fetc", "http://host/x", "s3://bucket/key",
            "a#b", "a%23b", "a%2523b", "a%00b", "%2500", "a\nb", "a%0d%0aX-Evil:1", "a\u{7F}b", "a\tb",
            "%c0%ae%c0%ae/x", "%c0%af", "%ff", "%e0%80%ae",
            // A slash, a backslash or a colon under an accent, or behind a sign that joins what follows.
            "../\u{301}x", "a/\u{301}../../b", "..%2F%CC%81x", "../\u{301}x\u{600}/../ledger.key",
            "a/../\u{301}", "a\\\u{301}b", "/\u{301}etc", "a#\u{301}b", "file:\u{301}x",
            "a;\u{301}../..;\u{301}",
        ]
    )
    func refused(text: String) {
        #expect(throws: ServiceError.self) { try ArtifactPath(text) }
    }

    @Test("A path that is encoded over and over, or is too long, is refused")
    func excessive() {
        #expect(throws: ServiceError.self) { try ArtifactPath("a\0b") }
        let nested = "%" + String(repeating: "25", count: 40) + "2e"
        #expect(throws: ServiceError.self) { try ArtifactPath(nested) }
        #expect(throws: ServiceError.self) { try ArtifactPath(String(repeating: "a", count: 300)) }
        #expect(throws: ServiceError.self) { try ArtifactPath(String(repeating: "a/", count: 2500)) }
        #expect(throws: ServiceError.self) { try ArtifactPath(String(repeating: "é", count: 128)) }
    }

    @Test(
        "An ordinary path keeps its text",
        arguments: [
            ("", []), (".", []), ("./", []), ("a", ["a"]), ("a/b", ["a", "b"]), ("a//b/", ["a", "b"]),
            ("./a/./b", ["a", "b"]), ("...", ["..."]), ("a..b/..c", ["a..b", "..c"]), (".hidden", [".hidden"]),
            ("é b.txt", ["é b.txt"]), ("100%.txt", ["100%.txt"]), ("a%2Bb", ["a%2Bb"]), ("50%25", ["50%25"]),
            ("model;v=1", ["model;v=1"]), ("1/m-0a/artifacts/model.onnx", ["1", "m-0a", "artifacts", "model.onnx"]),
            ("日本語/モデル", ["日本語", "モデル"]), ("a:b", ["a:b"]), ("metric=0.5,run=3", ["metric=0.5,run=3"]),
        ] as [(String, [String])]
    )
    func kept(text: String, parts: [String]) throws {
        #expect(try ArtifactPath(text).parts == parts)
    }

    @Test("Parts are put together in order")
    func appending() throws {
        let path = try ArtifactPath("1/run").appending(ArtifactPath("artifacts/model"))
        #expect(path.description == "1/run/artifacts/model")
        #expect(ArtifactPath.root.appending(path) == path)
        #expect(ArtifactPath.root.isRoot)
    }
}
