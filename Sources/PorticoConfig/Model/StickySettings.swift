// A client stays with the target that answered it first.

package struct StickySettings: Sendable, Equatable {
    package var enabled = false
    /// The cookie's name.
    package var cookie = "portico"
    /// Nil: until the browser closes.
    package var ttl: Duration?
    /// What the cookie's value is made with. Neither: a random one, as long as the process lives.
    package var secret: String?
    package var secretFile = ""

    package init() {}
}
