// Another configuration takes the place of the running one: everything that can fail is done first, then each loop gets the
// new generation between two events, then what is gone is closed. Any failure leaves the old one running as it was.
import NIOCore
package import PorticoConfig
import PorticoHTTP
import PorticoLog
import PorticoTelemetry
import PorticoUpstream
import Synchronization

/// What a reload came to.
package struct ReloadReport: Sendable, Equatable {
    /// The paths of keys that have another value now.
    package var changed: [String] = []
    /// Those among them that hold only after a restart.
    package var afterRestart: [String] = []
}

package enum ReloadFailure: Error, Sendable {
    /// Another reload is under way.
    case busy
}

extension RunningServer {
    /// Connections, WebSockets and streams go on, also those of listeners and routes that are gone; requests that run end
    /// under the rules they began with. Throws a `StartFailure` where something new cannot be had, or `ReloadFailure`.
    package func reload(_ settings: Configuration) async throws -> ReloadReport {
        guard let old = beginChange() else { throw ReloadFailure.busy }
        defer { current.withLock { $0.isChanging = false } }
        let report = Self.report(from: old.settings, to: settings)
        let certificate = try Self.certificate(settings)
        let tls = old.tls ?? certificate.map(TLSStore.init)
        let bound = try await old.listeners.bindMissing(settings, loops: loops, tls: tls, count: count)
        let generation = try await compile(settings, former: old.generation, closing: bound)
        generation.takeEffect()
        if let certificate { tls?.use(certificate) }
        await turn(from: old.settings, to: settings, generation)
        let gone = current.withLock { current in
            current.settings = settings
            current.generation = generation
            current.tls = tls
            return current.listeners.turn(to: settings, adding: bound)
        }
        watch.watch(generation.watchedTargets)
        admin?.use(settings, generation)
        for listener in gone { await listener.close() }
        targets.keep(only: generation.targetStates)
        return report
    }

    private func beginChange() -> Current? {
        current.withLock { current in
            guard !current.isChanging else { return nil }
            current.isChanging = true
            return current
        }
    }

    private func compile(
        _ settings: Configuration, former: Generation, closing bound: [Listener]
    ) async throws -> Generation {
        do {
            return try Generation(
                settings, targets: targets, names: telemetry?.routes ?? RouteNames(), former: former)
        } catch {
            targets.keep(only: former.targetStates)
            for listener in bound { await listener.close() }
            throw error
        }
    }

    private func turn(from old: Configuration, to settings: Configuration, _ generation: Generation) async {
        count.use(limit: settings.server.maxConnections)
        log.use(settings.logging, name: settings.application.name)
        let logsAnew = settings.logging != old.logging
        exporter.use(generation.spanDestination)
        ceiling.watch(self, limit: settings.server.memoryLimit)
        let limits = ServerLimits(settings.server)
        for (loop, pipeline) in zip(loops, pipelines) {
            try? await loop.eventLoop.submit { [log] in
                loop.use(limits)
                pipeline.use(generation)
                if logsAnew { pipeline.use(log.makeAccessBuffer().map(AccessLog.init)) }
            }.get()
        }
    }

    /// What was made once at start: threads, and the admin listener.
    private static func report(from old: Configuration, to new: Configuration) -> ReloadReport {
        let changed = ConfigChanges.paths(from: old, to: new)
        let lasting = changed.filter { path in
            path == "server.threads" || path == "server.user" || path == "server.group" || path.hasPrefix("admin.")
        }
        return ReloadReport(changed: changed, afterRestart: lasting)
    }
}
