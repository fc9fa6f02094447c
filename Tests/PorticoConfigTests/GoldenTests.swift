// The exact text of every diagnostic, and the values of accepted files. PORTICO_UPDATE_GOLDEN=1 rewrites what is expected.
import Glibc
import Testing

@Suite struct GoldenTests {
    @Test(arguments: GoldenFile.all)
    func loadsAsExpected(file: GoldenFile) throws {
        let outcome = file.outcome()
        if getenv("PORTICO_UPDATE_GOLDEN") != nil { SourceFile.write(outcome, to: file.expectedPath) }
        let expected = try #require(SourceFile.read(file.expectedPath), "\(file.name).expected is missing")
        #expect(outcome == String(decoding: expected, as: UTF8.self))
    }

    @Test func thereAreManyFiles() {
        #expect(GoldenFile.all.count >= 40)
    }
}
