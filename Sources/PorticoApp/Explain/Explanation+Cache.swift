// The one thing that a dry run cannot know: what the server that runs with this configuration holds in memory. It is asked
// through its admin listener.
package import PorticoConfig

extension Explanation {
    /// With a last step that tells the cache's state, or why it is not known. Blocks while the server is asked.
    package func askingServer(_ admin: AdminSettings) -> Explanation {
        guard let cached else { return self }
        var told = self
        told.steps.append(Step(name: "cache", text: Self.state(cached, admin)))
        return told
    }

    private static func state(_ cached: (host: String, path: String, key: String), _ admin: AdminSettings) -> String {
        let query = [("host", cached.host), ("path", cached.path), ("key", cached.key)]
            .map { "\($0)=\(percentEncoded($1))" }.joined(separator: "&")
        do {
            let answer = try AdminClient(admin).send("GET", "/static/cache?\(query)", asText: true)
            guard answer.status == 200 else { return "not known: the running server answers \(answer.status)" }
            return String(answer.body.prefix { $0 != "\n" })
        } catch {
            return "not known: \(error)"
        }
    }

    private static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            encoded += isPlain ? String(UnicodeScalar(byte)) : (byte < 16 ? "%0" : "%") + hex
        }
        return encoded
    }
}
