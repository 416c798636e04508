import Foundation
import SlipwayDomain
import Testing

@testable import SlipwayConsole

@Suite("Markup and numbers")
struct HTMLTests {
    @Test(
        "text becomes harmless",
        arguments: [
            ("<script>", "&lt;script&gt;"), ("\" onload='x'", "&quot; onload=&#39;x&#39;"), ("a & b", "a &amp; b"),
            ("&lt;", "&amp;lt;"), ("nul\u{0}", "nul\u{FFFD}"), ("\u{202E}txt.exe", "\u{FFFD}txt.exe"),
            ("late? größer 日本", "late? größer 日本"), ("a\nb", "a\nb"),
        ]
    )
    func escapes(_ text: String, _ expected: String) {
        #expect(HTML.escape(text) == expected)
        let html: HTML = "<b title=\"\(text)\">\(text)</b>"
        #expect(html.text == "<b title=\"\(expected)\">\(expected)</b>")
    }

    @Test("no random text can leave its element")
    func escapesAll() {
        var state: UInt64 = 20_130_401
        print("no random text can leave its element: seed \(state)")
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<20 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let value = UInt32(truncatingIfNeeded: state >> 33)
                text.unicodeScalars.append(Unicode.Scalar(value % (value % 3 == 0 ? 0x11_0000 : 0x80)) ?? "<")
            }
            let page: HTML = "<p title=\"\(text)\">\(text)</p>"
            #expect(MarkupCheck(page.text).problems == [])
        }
    }

    @Test("the check of markup sees what it should")
    func checks() {
        for page in [
            "<script>x</script>", "<p onclick=\"x\"></p>", "<p>", "<p></b>", "a & b", "<a href=\"javascript:x\"></a>",
            "<p class=x></p>", "<p",
        ] {
            #expect(!MarkupCheck(page).problems.isEmpty, "\(page)")
        }
        #expect(MarkupCheck("<p class=\"a\">b &amp; c<br></p>").problems.isEmpty)
    }

    @Test("numbers are written the same everywhere")
    func figures() {
        #expect(Figures.fixed(0.71239, decimals: 4) == "0.7124")
        #expect(Figures.fixed(-0.004, decimals: 2) == "0.00")
        #expect(Figures.fixed(-1.5, decimals: 1) == "\u{2212}1.5")
        #expect(Figures.fixed(2, decimals: 0) == "2")
        #expect(Figures.fixed(.nan, decimals: 2) == "nan")
        #expect(Figures.percent(0.4127) == "41.27 %")
        #expect(Figures.percent(nil) == "\u{2013}")
        #expect(Figures.chance(0.000_02) == "< 0.0001")
        #expect(Figures.count(1_234_567) == "1,234,567")
        #expect(Figures.count(999) == "999")
        #expect(Figures.coordinate(12.34) == "12.3")
        #expect(Figures.coordinate(-0.01) == "0")
        #expect(Figures.coordinate(.infinity) == "0")
        #expect(Figures.minute(Story.instant("2013-04-01T05:06:07Z")) == "2013-04-01 05:06")
    }

    @Test(
        "a name goes into an address and comes back",
        arguments: ["flight-delay", "a b", "50%", "x/../y", "größer", "<b>\"'&", "?#"]
    )
    func segments(_ name: String) throws {
        let segment = PathSegment.encode(name)
        #expect(segment.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"/?#<>\"'&".utf8.contains($0) })
        #expect(segment.removingPercentEncoding == name)
    }
}
