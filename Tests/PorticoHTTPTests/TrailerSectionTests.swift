// Which trailers are passed on.
import NIOCore
import PorticoHTTP
import Testing

@Suite struct TrailerSectionTests {
    @Test(arguments: [
        ("X-Checksum: 1\r\n", "X-Checksum: 1\r\n"),
        ("grpc-status: 0\r\nContent-Length: 5\r\n", "grpc-status: 0\r\n"),
        ("X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\n", nil),
        ("Transfer-Encoding: chunked\r\nHost: evil\r\nAuthorization: x\r\nSet-Cookie: a=b\r\n", nil),
    ])
    func `nothing that frames, routes or authenticates is passed on`(_ lines: String, _ kept: String?) {
        #expect(TrailerSection.forwardable(ByteBuffer(string: lines)) == kept.map { ByteBuffer(string: $0) })
    }

    @Test func `no trailers stay none`() { #expect(TrailerSection.forwardable(nil) == nil) }
}
