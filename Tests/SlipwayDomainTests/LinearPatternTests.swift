import SlipwayDomain
import Testing

@Suite struct LinearPatternTests {
    @Test(
        "A pattern fits where a backtracking matcher finds it",
        arguments: [
            ("abc", "xabcx", true), ("^abc$", "abc", true), ("^abc$", "abcd", false), ("", "", true),
            ("a.c", "abc", true), ("a.c", "a\nc", false), ("gr(a|e)y", "grey", true), ("gr(a|e)y", "groy", false),
            ("a+b?c*", "aac", true), ("a{2,3}b", "aaab", true), ("^a{2,3}b", "aaaab", false), ("^a{2}$", "aa", true),
            ("a{2,}", "a", false), ("a{,2}b", "b", true), ("[a-c]+", "xxb", true), ("[^a-c]", "abc", false),
            ("[]a]", "]", true), ("[a-]", "-", true), (#"\d{3}-\d+"#, "call 555-1234", true), (#"\d"#, "x", false),
            (#"\bcat\b"#, "a cat sat", true), (#"\bcat\b"#, "concatenate", false), (#"\Bcat"#, "concat", true),
            (#"\w+@\w+\.com"#, "ana@mail.com", true), (#"\."#, "a", false), (#"[\d.]+x"#, "1.5x", true),
            ("(?i)hello", "HELLO", true), ("(?i)[A-C]x", "bX", true), ("hello", "HELLO", false), ("a|b|", "z", true),
            ("(?:ab)+$", "xababab", true), ("a*?b", "aab", true), ("é+", "caféé", true), ("{", "{", true),
            ("x{a}", "x{a}", true), (#"[^\d]"#, "5", false), (#"[\D]"#, "5", false), (#"\S+"#, "  ", false),
            ("((((){1000}){1000}){1000}){1000}a", "a", true),
        ]
    )
    func matches(pattern: String, text: String, fits: Bool) throws {
        #expect(try LinearPattern(pattern).matches(in: text) == fits)
    }

    @Test(
        "What cannot be matched in linear time, or is no pattern, is refused",
        arguments: [
            #"(a)\1"#, "(?=a)", "(?<!a)b", "(?P<x>a)", "(", ")", "a)", "[a", "*a", "a**", "a{3,1}", "a{5000}", "[z-a]",
            #"\"#, #"\q"#, "(((a{1000}){1000}){1000})", String(repeating: "(", count: 100),
            String(repeating: "a", count: 2000),
        ]
    )
    func refuses(pattern: String) {
        #expect(throws: SearchError.self) { try LinearPattern(pattern) }
    }

    @Test(
        "A pattern that is catastrophic for a backtracking matcher ends",
        arguments: ["(a*)*b", "(a+)+$", "(a|a)*b", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)(.*)(.*)(.*)x"]
    )
    func isLinear(pattern: String) throws {
        // 2^5000 ways to split the text: only a linear matcher comes back.
        let text = String(repeating: "a", count: 5000) + "!"
        #expect(try !LinearPattern(pattern).matches(in: text))
    }
}
