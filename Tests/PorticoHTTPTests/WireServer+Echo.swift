// Starts the wire with short deadlines and an echo behind it.
import PorticoConfig
import PorticoTesting

extension ServerSettings {
    /// Deadlines as short as the timer, which ticks four times a second, allows.
    static var impatient: ServerSettings {
        var settings = ServerSettings()
        settings.headerTimeout = .milliseconds(300)
        settings.bodyIdleTimeout = .milliseconds(300)
        settings.keepAliveTimeout = .milliseconds(800)
        settings.writeIdleTimeout = .milliseconds(500)
        return settings
    }
}

func withEcho<Result>(
    _ settings: ServerSettings = .impatient, isolation: isolated (any Actor)? = #isolation,
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
