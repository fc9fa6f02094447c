// Memory for the heads of responses, one for all HTTP/1.1 connections of an event loop: a head is passed on as soon as it is there
// whole, and parsed anew when more of it comes. A connection that waits holds none, and the next head finds memory that is warm.
import PorticoHTTP

/// Confined to its event loop.
package final class SpareHead {
    private var spare: ResponseHeadView?

    package init() {}

    /// To be given back. One that is taken meanwhile, by a connection that goes on within another's call, is another.
    func take() -> ResponseHeadView {
        defer { spare = nil }
        return spare ?? ResponseHeadView()
    }

    func giveBack(_ head: ResponseHeadView) { spare = head }
}
