// The sign of life for the service manager: given only where every event loop has answered, so that a loop that hangs has the
// process started anew.
import NIOCore

enum Watchdog {
    /// Thrice within the time that the manager waits, a word goes from loop to loop; the last one gives the sign. Ends with
    /// the loops.
    static func start(_ manager: ServiceManager, loops: [any EventLoop]) {
        guard let patience = manager.watchdog, let first = loops.first else { return }
        let (seconds, attoseconds) = patience.components
        let pause = TimeAmount.nanoseconds((seconds * 1_000_000_000 + attoseconds / 1_000_000_000) / 3)
        first.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in pass(on: loops[...], manager) }
    }

    private static func pass(on loops: ArraySlice<any EventLoop>, _ manager: ServiceManager) {
        guard let next = loops.first else { return manager.tellAlive() }
        next.execute { pass(on: loops.dropFirst(), manager) }
    }
}
