// Redirects and rewrites over the wire: before routes and files, and after what exists.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct RedirectTests {
    @Test func redirectsComeBeforeFilesAndRoutes() async throws {
        let site = TempSite(["old/a.txt": "file", "b.txt": "b"])
        try await serving(site) {
            $0.redirects = [
                RedirectSettings(from: "/old/*", to: "/new/$1"),
                RedirectSettings(from: "/moved", to: "https://b.example/x", status: 301),
            ]
            $0.routes = [
                ProxySettings(paths: [.any], targets: [TargetSettings(id: "a", host: "127.0.0.1", port: 1)])
            ]
            $0.routes[0].hosts = ["proxied.example"]
        } _: { served async throws in
            let answer = try served.get("/old/a.txt?q=1")
            #expect(answer.status == 308 && answer["Location"] == "/new/a.txt?q=1" && answer.body.isEmpty)
            let moved = try RawClient(served.server.port).exchange(
                "POST /moved HTTP/1.1\r\nHost: proxied.example\r\nContent-Length: 2\r\n\r\nhi")
            #expect(moved.status == 301 && moved["Location"] == "https://b.example/x")
            #expect(try served.get("/b.txt").text == "b")
            #expect(served.server.accessLines(3).count { $0.contains("\"redirect\"") } == 2)
        }
    }

    @Test func aRedirectToTheVeryAddressIsNone() async throws {
        try await serving(TempSite(["a.txt": "a"])) {
            $0.redirects = [
                RedirectSettings(from: "/*", to: "/$1"), RedirectSettings(from: "/*", to: "http://a/$1"),
            ]
        } _: { served async throws in
            #expect(try served.get("/a.txt?x=1").text == "a")
        }
    }

    @Test func rewritesAnswerWhereNoFileLies() async throws {
        let site = TempSite(["app/index.html": "app", "app/main.js": "js", "index.html": "home", "de/x.txt": "deutsch"])
        try await serving(site) {
            $0.redirects = [
                RedirectSettings(from: "/app/*", to: "/app/index.html", status: 200),
                RedirectSettings(from: "/german/*", to: "/de/$1", status: 200),
                RedirectSettings(from: "/up/*", to: "/../$1", status: 200),
            ]
        } _: { served async throws in
            #expect(try served.get("/app/users/7").text == "app")
            #expect(try served.get("/app/main.js").text == "js")
            #expect(try served.get("/german/x.txt").text == "deutsch")
            // Once: what is missing there is missing.
            #expect(try served.get("/german/none.txt").status == 404)
            #expect(try served.get("/ping").text == "pong\n")
            served.site.outside.write("secret.txt", "secret")
            #expect(try served.get("/up/secret.txt").status == 404)
            #expect(try served.get("/users/7", "Accept: text/html").text == "home")
        }
    }
}
