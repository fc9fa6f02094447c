// Request heads by the parser, for tests of what reads heads.
package import PorticoHTTP

package struct ParsedRequest {
    package let head: RequestHead
    package let length: Int

    package init(_ text: String) throws {
        let head = RequestHead()
        guard
            case .complete(let length) = try RequestHeadParser.parse(
                Array(text.utf8).span, into: head, limits: .init(head: 64 << 10))
        else { throw ClientFailure(description: "no whole head") }
        self.head = head
        self.length = length
    }
}
