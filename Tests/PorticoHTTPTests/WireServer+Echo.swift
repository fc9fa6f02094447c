// Starts the wire with an echo behind it.
import PorticoConfig
import PorticoTesting

func withEcho<Result>(
    _ settings: ServerSettings = .patient, isolation: isolated (any Actor)? = #isolation,
    _ body: (Int, Recorded) async throws -> Result
) async throws -> Result {
    let recorded = Recorded()
    let server = try await WireServer.start(settings) { _ in EchoHandler(recorded) }
    do {
        let result = try await body(server.port, recorded)
        await server.stop()
        return result
    } catch {
        await server.stop()
        throw error
    }
}
