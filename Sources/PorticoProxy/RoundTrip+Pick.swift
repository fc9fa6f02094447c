// Which target gets the request first, and the wait where all have as many as they may.
import PorticoCore
import PorticoHTTP
import PorticoUpstream

extension RoundTrip {
    func start() {
        guard let exchange else { return }
        lane.noteRequest()
        if let sticky = lane.route.sticky { preferred = sticky.target(of: exchange.head.fields) }
        // Those that wait already are first.
        if lane.hasLimits, lane.group?.hasWaiting == true { return standInLine() }
        settle(lane.chooser.pick(key: lane.key(of: exchange), preferred: preferred, now: exchange.loop.coarseNow))
    }

    private func settle(_ choice: consuming TargetChooser.Choice) {
        switch consume choice {
        case .target(let permit):
            lane.prefetchUpcoming()
            attempt(with: permit)
        case .full: standInLine()
        case .none:
            if lane.route.targets.contains(where: { $0.state.standing.contains(.open) }) {
                exchange?.record.breaker = .open
            }
            giveUp(PorticoError(.noTarget, side: .internal))
        }
    }

    private func standInLine() {
        awaitQuietly()
        linedUpAt = .now()
        switch lane.joinLine(self) {
        case .admitted(let permit): attempt(with: permit)
        case .waiting: break
        case .full: giveUp(PorticoError(.queueFull, side: .internal))
        }
    }

    /// Room was made for it.
    func leaveLine(to permit: consuming TargetPermit) {
        lineNumber = 0
        noteWait()
        attempt(with: permit)
    }

    func noteWait() {
        exchange?.record.queueNanoseconds += (MonotonicTime.now() - linedUpAt).nanoseconds
    }

    func waitedTooLong() {
        lineNumber = 0
        noteWait()
        giveUp(PorticoError(.queueTimeout, side: .internal))
    }
}
