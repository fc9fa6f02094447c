// How one attempt at one target ended, as those see it who judge the target. An answer below 500 is a success, whatever it
// says: it is the client's matter. A client that left says nothing about the target.
package import PorticoCore

package enum RequestOutcome: Sendable, Equatable {
    case success
    /// No answer, or a broken one; `account` tells it to operators.
    case failure(PorticoError.Kind, account: String)
    /// An answer that says the backend failed: a status of 500 or more.
    case failedAnswer(status: Int)
    /// Nothing to judge by.
    case neutral

    package init(status: Int) { self = status >= 500 ? .failedAnswer(status: status) : .success }

    package init(_ error: PorticoError) {
        self = error.side == .upstream ? .failure(error.kind, account: error.account) : .neutral
    }

    package var isFailure: Bool {
        switch self {
        case .failure, .failedAnswer: true
        case .success, .neutral: false
        }
    }
}
