// What follows a failed attempt, or a target that is marked down or suspected while the request waits for it. The rule is
// in RetryRule.swift; here is how it is carried out.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoUpstream

extension RoundTrip {
    private var standing: RetryRule.Standing {
        RetryRule.Standing(
            isReplayable: isReplayable, isAtHand: replay != nil, hasReplayed: hasReplayed, retries: retries)
    }

    func upstreamFailed(_ error: PorticoError) {
        if connection == nil { noteFailedConnect() }
        connection = nil
        exchange?.trail?.failed(error.kind.reason)
        guard !hasAnswered else { return cut(error) }
        lane.waiting.leave(self)
        switch lane.rule.decide(error, standing) {
        case .freshConnection:
            hasReplayed = true
            connect(fresh: true)
        case .anotherTarget: if !retry(after: RequestOutcome(error)) { giveUp(error) }
        case .giveUp: giveUp(error)
        }
    }

    /// How long it took to fail is told too.
    private func noteFailedConnect() {
        guard let exchange, exchange.record.connectNanoseconds < 0 else { return }
        exchange.record.connectNanoseconds = (MonotonicTime.now() - sentAt).nanoseconds
    }

    /// Whether the answer is dropped and another target asked.
    func retries(afterStatus status: Int) -> Bool {
        guard lane.rule.retries(status: status, standing), retry(after: RequestOutcome(status: status)) else {
            return false
        }
        return true
    }

    /// False where there is no other target, or no budget: then nothing has changed.
    private func retry(after outcome: RequestOutcome) -> Bool {
        guard let exchange, let index = post?.index else { return false }
        let now = exchange.loop.coarseNow
        guard let next = lane.chooser.pick(key: lane.key(of: exchange), excluding: tried + [index], now: now).permit()
        else { return false }
        guard lane.takeRetry(now) else {
            lane.chooser.end(next, .neutral, now: now)
            return false
        }
        leave(index, outcome)
        retries += 1
        awaitQuietly()
        take(next, after: RetryRule.pause(before: retries, luck: lane.luck()))
        return true
    }

    private func leave(_ index: Int, _ outcome: RequestOutcome) {
        connection?.cancel()
        connection = nil
        endPermit(outcome)
        tried.append(index)
        attemptNumber += 1
    }

    private func take(_ permit: consuming TargetPermit, after pause: Interval) {
        hold(permit)
        let number = attemptNumber
        lane.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(pause.nanoseconds)) {
            guard self.attemptNumber == number else { return }
            self.connect(fresh: false)
        }
    }

    // MARK: Moving

    /// Goes to another target at once, outside the budget. `toAnswering`: only to one that is not suspected as well.
    func move(toAnswering: Bool) {
        // What was sent of a request that must not be sent twice stays where it is; what is not sent yet may go.
        guard let exchange, !hasAnswered, let index = post?.index, isReplayable || connection == nil else { return }
        let now = exchange.loop.coarseNow
        guard let next = lane.chooser.pick(key: lane.key(of: exchange), excluding: tried + [index], now: now).permit()
        else { return }
        if toAnswering, lane.posts[next.index].target.state.standing.contains(.suspected) {
            return lane.chooser.end(next, .neutral, now: now)
        }
        leave(index, .neutral)
        moves += 1
        attempt(with: next)
    }
}

extension SpanTrail {
    func begin(_ target: Target) {
        begin(
            target: target.label, host: target.settings.host, port: target.settings.port,
            isSecure: target.settings.transport == .tls)
    }
}
