// The way in: files that are there or not, flags over the file, origins.
import Glibc
import PorticoConfig
import PorticoCore
import Testing

@Suite struct ConfigLoaderTests {
    @Test func emptyTextIsTheDefaultConfiguration() throws {
        var expected = Configuration()
        expected.site.directory = "/srv/shop/public"
        expected.logging.directory = "/srv/shop/logs"
        #expect(Load.configuration("") == expected)
        #expect(Load.configuration("# nothing\n\n") == expected)
    }

    @Test func noFileIsTheDefaultConfiguration() throws {
        let loading = ConfigLoader.load(path: nil, in: .test)
        guard case .loaded(let loaded) = loading else {
            Issue.record("refused: \(loading.faults)")
            return
        }
        #expect(loaded.path == nil)
        #expect(loaded.configuration.server.listen == [.tcp(host: "0.0.0.0", port: 8080)])
        #expect(loaded.configuration.site.directory == "/srv/shop/public")
        #expect(loaded.origin(of: "server.listen") == .defaults)
    }

    @Test func relativePathsStartAtTheFile() throws {
        let loading = ConfigLoader.load(
            text: "[static]\ndirectory = 'public'\n[logging]\ndirectory = '../logs'", file: "etc/portico.toml",
            overrides: ConfigOverrides(), in: .test)
        guard case .loaded(let loaded) = loading else {
            Issue.record("refused: \(loading.faults)")
            return
        }
        #expect(loaded.path == "/srv/shop/etc/portico.toml")
        #expect(loaded.configuration.site.directory == "/srv/shop/etc/public")
        #expect(loaded.configuration.logging.directory == "/srv/shop/logs")
    }

    @Test func flagsWinOverTheFile() throws {
        let text =
            "[server]\nhost = '127.0.0.1'\nport = 1\nthreads = 1\n[static]\ndirectory = 'a'\n[logging]\nlevel = 'info'"
        let overrides = ConfigOverrides(directory: "b", host: "::1", port: 9000, threads: 4, logLevel: "debug")
        let loaded = try #require(Load.loaded(text, overrides: overrides))
        #expect(loaded.configuration.server.listen == [.tcp(host: "::1", port: 9000)])
        #expect(loaded.configuration.server.threads == 4)
        #expect(loaded.configuration.site.directory == "/srv/shop/b")
        #expect(loaded.configuration.logging.level == .debug)
        #expect(loaded.origin(of: "server.listen") == .commandLine("--port"))
        #expect(loaded.origin(of: "static.directory") == .commandLine("--directory"))
        #expect(loaded.origin(of: "logging.level") == .commandLine("--log-level"))
    }

    @Test func aPortFlagReplacesTheListenList() throws {
        let text = "[server]\nlisten = ['127.0.0.1:1', '[::1]:2']"
        let loaded = try #require(Load.loaded(text, overrides: ConfigOverrides(port: 9000)))
        #expect(loaded.configuration.server.listen == [.tcp(host: "0.0.0.0", port: 9000)])
    }

    @Test func aPortFlagKeepsTheHostOfTheFile() throws {
        let loaded = try #require(Load.loaded("server.host = '127.0.0.1'", overrides: ConfigOverrides(port: 9000)))
        #expect(loaded.configuration.server.listen == [.tcp(host: "127.0.0.1", port: 9000)])
    }

    @Test func faultyFlagsNameTheFlag() {
        let overrides = ConfigOverrides(directory: "", host: "a b", port: 70_000, threads: -1, logLevel: "loud")
        #expect(
            Load.headlines("", overrides: overrides).map { $0.prefix { $0 != ":" } }
                == ["--directory", "--host", "--log-level", "--port", "--threads"])
    }

    @Test func routesStartFromTheirDefaults() throws {
        let text = """
            [[proxy]]
            path = "/a"
            target = "http://a"
            pool = { max_idle = 1 }
            [proxy_defaults]
            timeout = "5s"
            pool = { max_idle = 2, idle_timeout = "9s" }
            """
        let loaded = try #require(Load.loaded(text))
        let route = try #require(loaded.configuration.routes.first)
        #expect(route.timeout == .seconds(5))
        #expect(route.pool.maxIdle == 1)
        #expect(route.pool.idleTimeout == .seconds(9))
        #expect(loaded.origin(of: "proxy[0].timeout") == .file("app_config.toml", line: 6))
        #expect(loaded.origin(of: "proxy[0].pool.max_idle") == .file("app_config.toml", line: 4))
        #expect(loaded.origin(of: "proxy[0].pool.idle_timeout") == .file("app_config.toml", line: 7))
        #expect(loaded.origin(of: "proxy[0].connect_timeout") == .defaults)
    }

    @Test func faultsAreBounded() {
        let text = "[server]\ntrusted_proxies = [" + String(repeating: "1,", count: 20_000) + "]"
        #expect((1...100).contains(Load.headlines(text).count))
    }

    @Test func unreadableFilesAreRefused() throws {
        let folder = try #require(SourceFile.temporaryFolder())
        defer { rmdir(folder) }
        func message(_ name: String) -> String {
            ConfigLoader.load(path: name, in: .test).faults.map(\.headline).joined()
        }
        #expect(message("\(folder)/none.toml") == "\(folder)/none.toml: error: no such file")
        #expect(message(folder) == "\(folder): error: is a directory, expected a file")
        let large = folder + "/large.toml"
        defer { unlink(large) }
        SourceFile.write(String(repeating: "#", count: (4 << 20) + 1), to: large)
        #expect(message(large) == "\(large): error: is larger than 4 MiB")
    }

    @Test func aFileIsReadAndReadAgain() throws {
        let folder = try #require(SourceFile.temporaryFolder())
        let file = folder + "/app_config.toml"
        defer {
            unlink(file)
            rmdir(folder)
        }
        SourceFile.write("server.port = 1234", to: file)
        guard case .loaded(let loaded) = ConfigLoader.load(path: file, overrides: ConfigOverrides(threads: 3)) else {
            Issue.record("refused")
            return
        }
        #expect(loaded.configuration.server.listen == [.tcp(host: "0.0.0.0", port: 1234)])
        SourceFile.write("server.port = 1235", to: file)
        guard case .loaded(let again) = ConfigLoader.reload(loaded) else {
            Issue.record("refused")
            return
        }
        #expect(again.configuration.server.listen == [.tcp(host: "0.0.0.0", port: 1235)])
        #expect(again.configuration.server.threads == 3)
    }
}
