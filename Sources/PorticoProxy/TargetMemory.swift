// Where the objects lie that a request to each of a route's targets will need. Where there are many targets, they have left the
// processor's caches when a target's next turn comes: they are asked for one request ahead, and again when its answer comes. The
// addresses are never read from; some may be of objects that are gone.
import PorticoCore
import PorticoTransport
import PorticoUpstream

struct TargetMemory {
    /// One line of the cache.
    private struct Place {
        var post, target, state, label, labelText: UnsafeRawPointer?
        /// Those of the last request.
        var pool, connection, output: UnsafeRawPointer?
    }

    private var places: [Place]

    /// With fewer targets, all of it stays in the caches by itself.
    private static let many = 16

    /// Nil where it is not worth it.
    init?(_ posts: [TargetPost]) {
        guard posts.count > Self.many else { return nil }
        places = posts.map { post in
            Place(
                post: Prefetch.address(of: post), target: Prefetch.address(of: post.target),
                state: Prefetch.address(of: post.target.state),
                label: Prefetch.address(of: post.target.label), labelText: post.target.label.bytes.baseAddress)
        }
    }

    mutating func note(_ index: Int, _ pool: UpstreamPool, _ connection: UpstreamStream) {
        places[index].pool = Prefetch.address(of: pool)
        places[index].connection = Prefetch.address(of: connection)
        places[index].output = connection.outlet.map { Prefetch.address(of: $0) }
    }

    func prefetch(_ index: Int) {
        let place = places[index]
        // Its own next line, too.
        places.withUnsafeBufferPointer { Prefetch.lines(1, at: $0.baseAddress.map { $0 + index + 1 }) }
        Prefetch.lines(2, at: place.post)
        Prefetch.lines(2, at: place.target)
        Prefetch.lines(3, at: place.state)
        Prefetch.lines(1, at: place.label)
        Prefetch.lines(1, at: place.labelText)
        Prefetch.lines(3, at: place.pool)
        Prefetch.lines(6, at: place.connection)
        Prefetch.lines(2, at: place.output)
    }
}
