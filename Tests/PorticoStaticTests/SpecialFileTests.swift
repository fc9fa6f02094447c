// What is no plain readable file: pipes, devices, sockets, files without permission, names that are too long.
import Glibc
import PorticoConfig
import PorticoTesting
import Testing

@testable import PorticoStatic

@Suite struct SpecialFileTests {
    @Test func aPipeIsMissingAndHangsNobody() async throws {
        let site = TempSite(["a.txt": "a"])
        site.files.makePipe("pipe")
        site.files.makePipe("pipe.txt")
        try await serving(site) { served async throws in
            for _ in 0..<10 {
                #expect(try served.get("/pipe").status == 404)
                #expect(try served.get("/pipe.txt", "Accept-Encoding: gzip").status == 404)
            }
            #expect(try served.get("/a.txt").status == 200)
        }
    }

    @Test func aPipeAsIndexOrSidecarHangsNobody() async throws {
        let site = TempSite(["a.css": String(repeating: "a{}", count: 400)])
        site.files.makePipe("dir/index.html")
        site.files.makePipe("a.css.br")
        site.files.makePipe("a.css.gz")
        try await serving(site) { served async throws in
            #expect(try served.get("/dir/").status == 404)
            #expect(try served.get("/a.css", "Accept-Encoding: br").status == 200)
            #expect(try served.get("/a.css", "Accept-Encoding: gzip").status == 200)
        }
    }

    @Test func devicesAreMissing() async throws {
        let site = TempSite()
        site.files.link("zero", to: "/dev/zero")
        site.files.link("null", to: "/dev/null")
        try await serving(site, { $0.site.followSymlinks = .always }) { served async throws in
            #expect(try served.get("/zero").status == 404)
            #expect(try served.get("/null").status == 404)
        }
    }

    @Test func aSocketIsMissing() async throws {
        let site = TempSite(["a.txt": "a"])
        let socket = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (site.files.path + "/socket").utf8) }
        let outcome = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(outcome == 0 && listen(socket, 1) == 0)
        try await serving(site, { $0.site.followSymlinks = .always }) { served async throws in
            #expect(try served.get("/socket").status == 404)
            #expect(try served.get("/socket/").status == 404)
        }
    }

    /// A device in the site itself, not behind a link.
    @Test(.enabled(if: geteuid() == 0)) func aDeviceInTheRootIsMissing() async throws {
        let site = TempSite(["a.txt": "a"])
        // 1:5 is /dev/zero; a container may forbid to make it.
        guard mknod(site.files.path + "/zero", S_IFCHR | 0o666, 1 << 8 | 5) == 0 else { return }
        try await serving(site, { $0.site.followSymlinks = .always }) { served async throws in
            #expect(try served.get("/zero").status == 404)
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything")) func anUnreadableFileIs403() async throws {
        let site = TempSite(["a.txt": "a", "dir/b.txt": "b"])
        site.files.setMode("a.txt", 0)
        site.files.setMode("dir", 0)
        try await serving(site) { served async throws in
            #expect(try served.get("/a.txt").status == 403)
            #expect(try served.get("/dir/b.txt").status == 403)
            site.files.setMode("dir", 0o755)
        }
    }

    /// The same for root, whose thread becomes nobody for the time of the look-up.
    @Test(.enabled(if: geteuid() == 0)) func anUnreadableFileIsForbidden() {
        let site = TempSite(["a.txt": "a", "dir/b.txt": "b"])
        site.outside.setMode("", 0o755)
        site.files.setMode("a.txt", 0)
        site.files.setMode("dir", 0)
        let files = SiteFiles(site.configuration.site)
        guard let becomeNobody = Self.fileUserSetter else { return }
        _ = becomeNobody(65_534)
        defer { _ = becomeNobody(0) }
        for name in ["a.txt", "dir/b.txt"] {
            guard case .forbidden = files.open(relative: name) else {
                Issue.record("\(name) is not forbidden")
                continue
            }
        }
    }

    /// Linux's setfsuid, which is of one thread alone and which the C library's module does not export.
    private static var fileUserSetter: (@convention(c) (uid_t) -> CInt)? {
        // SAFETY: the C library's own function of this type.
        dlsym(nil, "setfsuid").map { unsafeBitCast($0, to: (@convention(c) (uid_t) -> CInt).self) }
    }

    @Test func overlongNamesAreMissing() async throws {
        let site = TempSite()
        let longest = String(repeating: "n", count: 251) + ".txt"
        site.files.write(longest, "longest")
        try await serving(site) { served async throws in
            #expect(try served.get("/" + longest).text == "longest")
            for path in [
                "/" + String(repeating: "n", count: 256), "/" + String(repeating: "n", count: 5000),
                "/" + String(repeating: "d/", count: 3000), "/" + String(repeating: "%61", count: 300),
                "/"
                    + String(repeating: "é", count: 200).utf8.map { "%" + String($0, radix: 16, uppercase: true) }
                    .joined(),
            ] {
                #expect(try served.get(path).status == 404, "\(path.prefix(20))")
            }
        }
    }

    @Test func namesThatAreNoUTF8AreMissing() async throws {
        try await serving(TempSite(["a.txt": "a"])) { served in
            for path in ["/%ff.txt", "/%c3", "/a.txt%80", "/%ed%a0%80", "/%01", "/%7f", "/%0d%0aX:y", "/%1b[31m"] {
                let answer = try served.get(path)
                #expect(answer.status == 404 && answer["X"] == nil, "\(path)")
            }
        }
    }
}
