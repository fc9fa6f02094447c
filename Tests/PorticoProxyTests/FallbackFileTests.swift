// `[proxy.fallback]` with a file for its body.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct FallbackFileTests {
    /// What a client gets of a route whose only target refuses.
    private func fallback(
        _ name: String, _ content: String, changing later: String? = nil,
        edit: (inout FallbackSettings) -> Void = { _ in }
    ) async throws -> RawResponse {
        let folder = TempFolder()
        folder.write(name, content)
        let dead = try refusingPort()
        var answer: RawResponse?
        try await withProxy(edit: {
            $0.targets = [TargetSettings(port: dead)]
            var settings = FallbackSettings()
            settings.file = folder.path + "/" + name
            edit(&settings)
            $0.fallback = settings
        }) { server in
            if let later { folder.write(name, later) }
            answer = try RawClient(server.port).exchange(get("/api/"))
        }
        return try #require(answer)
    }

    @Test func `the file is the body, with a type by its name`() async throws {
        let page = "<!doctype html><p>Back soon: \u{1F6E0}\n"
        let answer = try await fallback("sorry.html", page)
        #expect(answer.status == 503 && answer.text == page)
        #expect(answer["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer["Retry-After"] == "5" && answer["Cache-Control"] == "no-store")
        #expect(answer["Content-Length"] == "\(page.utf8.count)" && answer["X-Request-ID"] != nil)
    }

    @Test(arguments: [
        ("sorry.json", #"{"later":true}"#, "application/json"), ("sorry.json", "plain", "application/json"),
        ("sorry", " [1]", "text/plain; charset=utf-8"), ("sorry", "[1]", "application/json"),
        ("sorry.txt", "later", "text/plain; charset=utf-8"), ("sorry", "<p>later", "text/html; charset=utf-8"),
    ])
    func `without a telling name the first character says the type`(
        name: String, content: String, type: String
    ) async throws {
        #expect(try await fallback(name, content)["Content-Type"] == type)
    }

    @Test func `status and headers are the route's own`() async throws {
        let answer = try await fallback("sorry.html", "<p>later") {
            $0.status = 200
            $0.headers = [
                FieldSetting(name: "content-type", value: "text/x-own"), FieldSetting(name: "Retry-After", value: "77"),
                FieldSetting(name: "Cache-Control", value: "max-age=1"),
            ]
        }
        #expect(answer.status == 200 && answer["Content-Type"] == "text/x-own")
        #expect(answer["Retry-After"] == "77" && answer["Cache-Control"] == "max-age=1")
        #expect(answer.fields.filter { $0.name.lowercased() == "content-type" }.count == 1)
    }

    @Test func `the file is read when the configuration is loaded, and may go away after`() async throws {
        let answer = try await fallback("sorry.txt", "later", changing: "changed")
        #expect(answer.text == "later")
    }

    @Test func `of a file that is too long a MiB is sent`() async throws {
        let answer = try await fallback("long.txt", String(repeating: "x", count: (1 << 20) + 10))
        #expect(answer.text.utf8.count == 1 << 20)
    }
}
