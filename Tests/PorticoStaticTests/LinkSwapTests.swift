// Links that change while requests are answered: what is looked at is what is sent.
import Glibc
import PorticoConfig
import PorticoCore
import PorticoTesting
import Synchronization
import Testing

@Suite struct LinkSwapTests {
    private static let secret = "TOP-SECRET-OUTSIDE"

    /// Swaps a link between two targets, each time in one step, for as long as the others ask.
    private static func swap(
        _ files: TempFolderPart, _ name: String, _ targets: [String], until asked: borrowing Atomic<Int>, _ count: Int
    ) {
        var round = 0
        while asked.load(ordering: .relaxed) < count {
            files.link(name + ".new", to: targets[round % targets.count])
            rename(files.path + "/" + name + ".new", files.path + "/" + name)
            round += 1
        }
    }

    private final class Asked: Sendable {
        let clients = Atomic(0)
    }

    private static let clients = 4

    /// What came back for `paths`, asked over and over while the link is swapped.
    private static func answers(
        _ served: ServedSite, _ paths: [String], link name: String, _ targets: [String], in files: TempFolderPart
    ) async throws -> [RawResponse] {
        let port = served.server.port
        let asked = Asked()
        return try await Crowd.run(clients + 1) { number -> [RawResponse] in
            if number == clients {
                swap(files, name, targets, until: asked.clients, clients)
                return []
            }
            defer { asked.clients.add(1, ordering: .relaxed) }
            let client = try RawClient(port, timeout: .seconds(10))
            return try (0..<500).map { round in
                try client.exchange("GET \(paths[round % paths.count]) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
        }.flatMap { $0 }
    }

    private static func makeSite() -> TempSite {
        let site = TempSite(["inside/a.txt": "inside", "inside.txt": "inside"])
        site.outside.write("secret/a.txt", secret)
        site.outside.write("secret.txt", secret)
        return site
    }

    @Test func aFileLinkThatIsSwappedNeverLeadsOut() async throws {
        for (policy, allowed) in [(SymlinkPolicy.inside, [200, 404]), (.never, [404])] {
            let site = Self.makeSite()
            site.files.link("a.txt", to: "inside.txt")
            try await serving(
                site,
                {
                    $0.site.followSymlinks = policy
                    $0.site.cacheSize = .bytes(0)
                    $0.server.keepAliveTimeout = .seconds(20)
                }
            ) { served async throws in
                let answers = try await Self.answers(
                    served, ["/a.txt"], link: "a.txt", ["../secret.txt", "inside.txt"], in: site.files)
                #expect(answers.count == 2000)
                for answer in answers where answer.text.contains(Self.secret) || !allowed.contains(answer.status) {
                    Issue.record("\(policy): \(answer.status) \(answer.text.prefix(40))")
                    return
                }
                #expect(
                    policy == .never || answers.contains { $0.status == 200 } && answers.contains { $0.status == 404 })
            }
        }
    }

    @Test func aFolderLinkThatIsSwappedNeverLeadsOut() async throws {
        let site = Self.makeSite()
        site.files.link("folder", to: "inside")
        try await serving(
            site,
            {
                $0.site.cacheSize = .bytes(0)
                $0.server.keepAliveTimeout = .seconds(20)
            }
        ) { served async throws in
            let answers = try await Self.answers(
                served, ["/folder/a.txt", "/folder/../folder/a.txt"], link: "folder", ["../secret", "inside"],
                in: site.files)
            #expect(!answers.contains { $0.text.contains(Self.secret) })
            #expect(answers.allSatisfy { $0.status == 404 || $0.text == "inside" })
        }
    }

    /// The usual deploy: the root is a link that is swapped. Every request finds one release or the other.
    @Test func aRootThatIsSwappedIsAlwaysOneRelease() async throws {
        for policy in SymlinkPolicy.allCases {
            let site = TempSite(["releases/1/a.txt": "1", "releases/2/a.txt": "2"])
            site.files.link("current", to: "releases/1")
            try await serving(
                site,
                {
                    $0.site.directory += "/current"
                    $0.site.followSymlinks = policy
                    $0.site.cacheSize = .bytes(0)
                    $0.server.keepAliveTimeout = .seconds(20)
                }
            ) { served async throws in
                let answers = try await Self.answers(
                    served, ["/a.txt"], link: "current", ["releases/2", "releases/1"], in: site.files)
                let wrong = answers.filter { $0.status != 200 || !["1", "2"].contains($0.text) }
                #expect(wrong.isEmpty, "\(policy): \(wrong.count) of \(answers.count), \(wrong.first?.status ?? 0)")
            }
        }
    }

    /// A file that a deploy replaces between two looks is the old one or the new one, under `never` too.
    @Test func aReplacedFileIsNeverMissing() async throws {
        for policy in SymlinkPolicy.allCases {
            let site = TempSite(["a.txt": "0"])
            try await serving(
                site,
                {
                    $0.site.followSymlinks = policy
                    $0.site.cacheSize = .bytes(0)
                    $0.server.keepAliveTimeout = .seconds(20)
                }
            ) { served async throws in
                let port = served.server.port
                let files = site.files
                let asked = Asked()
                let statuses = try await Crowd.run(3) { number -> [Int] in
                    if number == 2 {
                        while asked.clients.load(ordering: .relaxed) < 2 { files.replace("a.txt", Array("1".utf8)) }
                        return []
                    }
                    defer { asked.clients.add(1, ordering: .relaxed) }
                    let client = try RawClient(port, timeout: .seconds(10))
                    return try (0..<1000).map { _ in
                        try client.exchange("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n").status
                    }
                }.flatMap { $0 }
                #expect(statuses.count == 2000 && statuses.allSatisfy { $0 == 200 }, "\(policy)")
            }
        }
    }
}
