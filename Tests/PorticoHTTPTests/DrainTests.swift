// What a server that stops still owes its clients.
import NIOCore
import PorticoConfig
import PorticoTesting
import Testing

@Suite struct DrainTests {
    /// The answer lies in the server's buffers when the stop comes: it is still delivered whole.
    @Test func anAnswerThatIsNotTakenYetSurvivesTheStop() async throws {
        var settings = ServerSettings()
        settings.shutdownTimeout = .seconds(10)
        let site = TempSite()
        site.files.write("page.txt", Array(repeating: 0x78, count: 60_000))
        var configuration = site.configuration
        configuration.server = settings
        configuration.server.listen = site.configuration.server.listen
        configuration.server.threads = 1
        let server = try await LiveServer.start(configuration)
        let client = try RawClient(server.port, receiveBuffer: 4096)
        // More answers than the sockets hold, asked for at once and not read.
        let asked = 100
        client.send(String(repeating: "GET /page.txt HTTP/1.1\r\nHost: a\r\n\r\n", count: asked))
        RawClient.sleep(.milliseconds(300))
        async let stopped: Void = server.stop()
        RawClient.sleep(.milliseconds(300))
        let (bytes, _) = client.readToEnd(within: .seconds(8))
        await stopped
        let text = String(decoding: bytes, as: UTF8.self)
        let answers = text.components(of: "HTTP/1.1 200 OK")
        #expect(answers.count >= 1)
        for answer in answers { #expect(answer.hasSuffix(String(repeating: "x", count: 1000)), "cut short") }
    }
}

extension String {
    /// The parts behind each occurrence of `mark`.
    fileprivate func components(of mark: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let range = rest.firstRange(of: mark) {
            rest = rest[range.upperBound...]
            parts.append(rest.firstRange(of: mark).map { rest[..<$0.lowerBound] } ?? rest)
        }
        return parts
    }
}
