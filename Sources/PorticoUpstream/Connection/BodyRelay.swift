// How much of a large body is moved from socket to socket by the kernel, and how much is read. Pure.

enum BodyRelay {
    /// Read with each event while the rest is moved; and the last bytes, with which the response ends.
    static let read = 2048

    /// Shorter ones gain nothing by it. One that is relayed already stays so to its end: what is read is little then, and each piece
    /// of it costs as much as a large one.
    private static let least = 128 << 10

    /// How much may be moved of a body of which so much is left; nil: none.
    static func share(of left: Int, isRelayed: Bool) -> Int? {
        left > read && (isRelayed || left >= least) ? left - read : nil
    }
}
