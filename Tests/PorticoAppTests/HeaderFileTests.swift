// Header fields from a file: what a line may be, and that a fault does not show it.
import Testing

@testable import PorticoApp

@Suite struct HeaderFileTests {
    @Test func `a line is a field, whatever stands around it`() throws {
        let fields = try HeaderFile.parse(Array("Authorization: Bearer a:b=\r\n\n  X-Key:k  \nX-None:\n".utf8), "file")
        #expect(fields.map(\.name) == ["Authorization", "X-Key", "X-None"])
        #expect(fields.map(\.value) == ["Bearer a:b=", "k", ""])
    }

    @Test(arguments: ["no field", "a b: secret", ": secret", "X: sec\u{1}ret", "X: secret\u{7F}"])
    func `a fault tells the line's number and nothing of it`(line: String) {
        #expect {
            try HeaderFile.parse(Array("X-Key: k\n\(line)\n".utf8), "the.file")
        } throws: { error in
            "\(error)".contains("line 2 of the.file") && !"\(error)".contains("sec")
        }
    }
}
