// What the process does on a signal.
import PorticoLog
import ServiceLifecycle
import UnixSignals

struct SignalWatch: Sendable {
    let group: ServiceGroup
    let server: RunningServer
    let reload: Reload
    let log: LogSystem

    /// Until the task is cancelled.
    func run() async {
        var isStopping = false
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup, .sigusr1) {
            switch signal {
            case .sighup: await reload.run(because: "SIGHUP")
            case .sigusr1: log.writer.reopen()
            default:
                // The second one is from somebody who does not want to wait.
                if isStopping { server.hurry() }
                isStopping = true
                await group.triggerGracefulShutdown()
            }
        }
    }
}
