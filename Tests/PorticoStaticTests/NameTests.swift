// File names of every kind: Unicode, signs that must be escaped in a URL, names that only look alike.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct NameTests {
    private static func escaped(_ name: String) -> String {
        name.utf8.map { byte in
            let hex = String(byte, radix: 16)
            return "%" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
    }

    @Test func everyNameIsFoundByItsEscapedForm() async throws {
        let names = [
            "naïve.txt", "日本語.txt", "🦊.txt", "a b.txt", " .txt", "a+b.txt", "a&b=c.txt", "100%.txt", "%41.txt",
            "a#b.txt", "a?b.txt",
            "a;b.txt", "a:b.txt", "a@b.txt", "a,b.txt", "'quoted'.txt", "\"double\".txt", "<angle>.txt", "[square].txt",
            "{curly}.txt",
            "a|b.txt", "a^b.txt", "a`b.txt", "a*b.txt", "a$b.txt", "a!b.txt", "~a.txt", "a~.txt", "-a.txt", "_",
            "a..b.txt", "a...txt", "ünï/cödé/ß.txt",
            "مرحبا.txt", "e\u{301}.txt", "\u{E9}.txt", "\u{200B}zero.txt",
        ]
        let site = TempSite()
        for name in names { site.files.write(name, "body of \(Array(name.utf8))") }
        try await serving(site) { served async throws in
            for name in names {
                let path = "/" + name.split(separator: "/").map { Self.escaped(String($0)) }.joined(separator: "/")
                let answer = try served.get(path)
                #expect(answer.status == 200 && answer.text == "body of \(Array(name.utf8))", "\(name)")
                #expect(try served.get(path.uppercased()).text == answer.text, "\(name)")
            }
            // Once decoded, never twice.
            #expect(try served.get("/%2541.txt").text == "body of \(Array("%41.txt".utf8))")
            #expect(try served.get("/%41.txt").status == 404)
            #expect(try served.get("/a+b.txt").status == 200)
            #expect(try served.get("/a%20b.txt").status == 200)
        }
    }

    @Test func aDirectoryOfAnyNameIsRedirectedToAValidAddress() async throws {
        let names = ["日本", "a b", "100%", "a#b", "a?b", "\"q\"", "<x>"]
        let site = TempSite(Dictionary(uniqueKeysWithValues: names.map { ("\($0)/index.html", "in \($0)") }))
        try await serving(site) { served async throws in
            for name in names {
                let answer = try served.get("/" + Self.escaped(name) + "?q=\"<1>")
                let location = answer["Location"] ?? ""
                #expect(answer.status == 308 && location.hasSuffix("/?q=%22%3C1%3E"), "\(name): \(location)")
                #expect(
                    location.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) },
                    "\(location)")
                #expect(try served.get(String(location.prefix { $0 != "?" })).text == "in \(name)")
            }
        }
    }
}
