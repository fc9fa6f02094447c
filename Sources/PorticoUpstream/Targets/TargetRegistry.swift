// Every target's state, by identity. It outlives a configuration: a target that a reload left as it was keeps its health,
// its breaker and its counts.
package import PorticoConfig
import PorticoCore
import Synchronization

package final class TargetRegistry: Sendable {
    private struct Contents {
        var groups: [String: TargetGroup] = [:]
        var states: [TargetIdentity: TargetState] = [:]
    }

    private let contents = Mutex(Contents())
    /// Random, as long as the process lives: for what routes must keep to themselves.
    package let secret: [UInt8]

    private let tell: @Sendable (TargetEvent) -> Void

    /// `tell` hears of every change of a target, on whatever thread makes it.
    package init(tell: @escaping @Sendable (TargetEvent) -> Void = { _ in }) {
        self.tell = tell
        var random = SystemRandomNumberGenerator()
        secret = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// The state of a route's target: the one there is, as it is, or a new one.
    package func state(of settings: TargetSettings, route: String) -> TargetState {
        let identity = TargetIdentity(route: route, id: settings.id, url: settings.url)
        return contents.withLock { contents in
            if let known = contents.states[identity] { return known }
            let group = contents.groups[route] ?? TargetGroup(route: route, tell: tell)
            contents.groups[route] = group
            let state = TargetState(identity, group: group, isEnabled: settings.enabled)
            contents.states[identity] = state
            return state
        }
    }

    /// All targets, in the order of their routes' names and their ids.
    package var all: [TargetState] {
        contents.withLock { Array($0.states.values) }
            .sorted { ($0.identity.route, $0.identity.id) < ($1.identity.route, $1.identity.id) }
    }

    /// Forgets what the configuration no longer names. Requests that still run keep their states as long as they need.
    package func keep(only states: [TargetState]) {
        let kept = Set(states.map(\.identity))
        contents.withLock { contents in
            contents.states = contents.states.filter { kept.contains($0.key) }
            let routes = Set(kept.map(\.route))
            contents.groups = contents.groups.filter { routes.contains($0.key) }
        }
    }
}
