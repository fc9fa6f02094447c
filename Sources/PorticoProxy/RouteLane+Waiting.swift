// Requests that wait for a first byte, as their lane sees them: where a target departs or seems frozen, they are looked
// through for those that concern it.
import PorticoCore
import PorticoUpstream

extension RouteLane {
    /// A target is marked down, or drains: what waits there moves where it can, upgraded streams are told.
    func departs(_ state: TargetState, _ departure: TargetGroup.Departure) {
        for post in posts where post.target.state === state {
            switch departure {
            case .down: moveAll(from: post)
            case .draining: post.closeStreams()
            }
        }
    }

    private func moveAll(from post: TargetPost) {
        for trip in waiting.members where trip.rosterPlace >= 0 && trip.post === post { trip.move(toAnswering: false) }
    }

    /// A few times a second: what waits for too long is a sign.
    func lookForSilence(_ now: MonotonicTime) {
        let waiting = waiting.members
        guard waiting.contains(where: { now - $0.sentAt > Suspicion.shortestPatience }) else { return }
        let byTarget = Dictionary(grouping: waiting.filter { $0.post != nil }) { $0.post?.index ?? 0 }
        for (index, trips) in byTarget.sorted(by: { $0.key < $1.key }) { posts[index].look(at: trips, now) }
    }
}
