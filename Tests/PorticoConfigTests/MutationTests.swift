// Valid files, damaged at random but the same way each time: nothing crashes, and each fault points into the file.
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct MutationTests {
    private static let fragments = [
        "[", "]", "[[proxy]]", "\n", "\"", "'", "\"\"\"", "'''", "=", ".", ",", "{", "}", "#", "\\", "\\u0000", "${",
        "}",
        "${PORT}", "-1", "99999999999999999999", "1e400", "nan", "0x", "true", "1979-05-27", "\t", "\r", "\u{FEFF}",
        "ü",
        "[server]\n", "listen = []\n", "é", "\u{0}", " ", "http://", "::", "/*", "zstd", "https://",
        "[proxy_defaults]\n",
    ].map { Array($0.utf8) }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        let index = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, index + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.removeSubrange(index..<end)
        case 1: bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &random))
        case 2: bytes.replaceSubrange(index..<end, with: Self.fragments.randomElement(using: &random) ?? [])
        case 3: if index < bytes.count { bytes[index] = UInt8.random(in: .min ... .max, using: &random) }
        default: bytes.insert(contentsOf: Self.fragments.randomElement(using: &random) ?? [], at: index)
        }
    }

    @Test(arguments: 1...8)
    func damagedFilesAreRefusedWithAPlace(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let files = GoldenFile.all.map(\.input).filter { !$0.isEmpty }
        let deadline = ContinuousClock.now + .milliseconds(120)
        while ContinuousClock.now < deadline {
            var bytes = files.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&bytes, &random) }
            check(bytes)
        }
    }

    private func check(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let loading = ConfigLoader.load(bytes: bytes, in: .test)
        for fault in loading.faults where fault.severity == .error || fault.line > 0 {
            guard (1...lines.count).contains(fault.line) else {
                Issue.record("line \(fault.line) of \(lines.count): \(fault.headline)\n\(bytes)")
                return
            }
            let width = lines[fault.line - 1].count { $0 & 0xC0 != 0x80 }
            if !(1...width + 1).contains(fault.column) {
                Issue.record("column \(fault.column) of \(width): \(fault.headline)\n\(bytes)")
            }
        }
        if case .loaded(let loaded) = loading {
            // A secret is never printed, so it is not among what comes back.
            let again = Load.configuration(ConfigPrinter.toml(loaded))?.withoutSecrets
            #expect(again == loaded.configuration.withoutSecrets, "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}

extension Configuration {
    fileprivate var withoutSecrets: Configuration {
        var configuration = self
        configuration.admin.token = ""
        for index in configuration.routes.indices { configuration.routes[index].sticky.secret = nil }
        for index in configuration.tracing.headers.indices { configuration.tracing.headers[index].value = "" }
        return configuration
    }
}
