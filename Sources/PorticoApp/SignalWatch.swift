// What the process does on a signal.
import Glibc
import PorticoLog
import ServiceLifecycle

struct SignalWatch: Sendable {
    let group: ServiceGroup
    let server: RunningServer
    let reload: Reload
    let log: LogSystem
    let upgrade: Upgrade
    let manager: ServiceManager

    static let signals = [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2]

    /// Until the task is cancelled.
    func run(_ received: AsyncStream<Int32>) async {
        var isStopping = false
        for await signal in received {
            switch signal {
            case SIGHUP: await reload.run(because: "SIGHUP")
            case SIGUSR1: log.writer.reopen()
            // Aside: it takes as long as a start, and other signals count meanwhile.
            case SIGUSR2: Task { await upgrade.run() }
            default:
                // The second one is from somebody who does not want to wait.
                if isStopping { server.hurry() }
                isStopping = true
                manager.tellStopping()
                await group.triggerGracefulShutdown()
            }
        }
    }
}
