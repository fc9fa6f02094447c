// The bytes of gRPC health checks.
import NIOCore
import Testing

@testable import PorticoUpstream

@Suite struct GRPCHealthTests {
    @Test func `a question about the server as a whole is an empty message`() {
        #expect(Array(GRPCHealth.request(service: "").readableBytesView) == [0, 0, 0, 0, 0])
    }

    @Test func `a question names its service`() {
        #expect(
            Array(GRPCHealth.request(service: "a.B").readableBytesView) == [0, 0, 0, 0, 5, 0x0A, 3, 0x61, 0x2E, 0x42])
        let long = Array(GRPCHealth.request(service: String(repeating: "x", count: 300)).readableBytesView)
        #expect(long[..<8] == [0, 0, 0, 1, 0x2F, 0x0A, 0xAC, 0x02])
        #expect(long.count == 308)
    }

    private static let verdicts: [(status: String?, body: [UInt8], fault: String?)] = [
        ("0", [0, 0, 0, 0, 2, 8, 1], nil),
        ("0", [0, 0, 0, 0, 2, 8, 2], "NOT_SERVING"),
        ("0", [0, 0, 0, 0, 2, 8, 3], "SERVICE_UNKNOWN"),
        ("0", [0, 0, 0, 0, 2, 8, 0], "UNKNOWN"),
        // What is not set is zero.
        ("0", [0, 0, 0, 0, 0], "UNKNOWN"),
        ("0", [0, 0, 0, 0, 3, 8, 0x81, 0x01], "serving status 129"),
        // Fields of later versions, of each kind, are passed over; of a field set twice the last value holds.
        ("0", [0, 0, 0, 0, 4, 8, 2, 8, 1], nil),
        (
            "0",
            [
                0, 0, 0, 0, 28, 0x10, 0xFF, 1, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x22, 1, 9, 0x2D, 1, 2, 3, 4, 0x3A, 0, 8,
                1, 0x40, 0, 0x48, 1,
            ], nil
        ),
        ("0", [], "no health message"),
        ("0", [0, 0, 0, 0, 2, 8], "no health message"),
        ("0", [0, 0, 0, 0, 1, 8], "no health message"),
        ("0", [0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 2, 8, 1], "no health message"),
        ("0", [0, 0, 0, 0, 2, 0x0B, 1], "no health message"),
        ("0", [0, 0, 0, 0, 3, 0x12, 9, 1], "no health message"),
        ("0", [0, 0, 0, 0, 12, 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255], "no health message"),
        // Compressed, which was not asked for.
        ("0", [1, 0, 0, 0, 2, 8, 1], "no health message"),
        (nil, [0, 0, 0, 0, 2, 8, 1], "no grpc-status"),
        ("5", [], "grpc-status 5: the server does not know the service"),
        ("12", [], "grpc-status 12: the server has no health service"),
        ("14", [0, 0, 0, 0, 2, 8, 1], "grpc-status 14"),
    ]

    @Test(arguments: verdicts.indices)
    func `an answer passes where it says SERVING and nothing else`(index: Int) {
        let verdict = Self.verdicts[index]
        #expect(GRPCHealth.fault(status: verdict.status, body: ByteBuffer(bytes: verdict.body)) == verdict.fault)
    }

    @Test func `the status stands in the trailers`() {
        let trailers = ByteBuffer(string: "x-y: 1\r\ngrpc-status: 12\r\ngrpc-message: no\r\n")
        #expect(GRPCHealth.status(in: trailers) == "12")
        #expect(GRPCHealth.status(in: ByteBuffer(string: "x-grpc-status: 12\r\n")) == nil)
    }
}
