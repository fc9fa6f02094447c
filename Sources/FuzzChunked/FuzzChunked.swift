// Fuzz entry for the chunked decoder: any cut gives the same body, and the body, coded again, is read as the same.
import NIOCore
import PorticoHTTP

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzChunked(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 1, let start else { return 0 }
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let cut = Int(start[0]) * bytes.count / 256
    let whole = decode([bytes[...]])
    precondition(whole == decode([bytes[..<cut], bytes[cut...]]), "the cut changes what is read")
    if case .ended(let body, let trailers, let rest) = whole {
        precondition(body.count + trailers.count + rest.count < bytes.count)
        let again = encode(body, trailers) + rest
        precondition(decode([again[...]]) == whole, "coded again it is read otherwise")
    }
    return 0
}

private enum Outcome: Equatable {
    case ended(body: [UInt8], trailers: [UInt8], rest: [UInt8])
    case needsMore(body: [UInt8])
    case refused
}

private func decode(_ pieces: [ArraySlice<UInt8>]) -> Outcome {
    var decoder = ChunkedDecoder()
    var input = ByteBuffer()
    var body: [UInt8] = []
    for (index, piece) in pieces.enumerated() {
        input.writeBytes(piece)
        do throws(HeadFault) {
            reading: while true {
                switch try decoder.next(&input) {
                case .needMore: break reading
                case .data(let bytes): body += bytes.readableBytesView
                case .end(let trailers):
                    let rest = Array(input.readableBytesView) + pieces[(index + 1)...].joined()
                    return .ended(body: body, trailers: trailers.map { Array($0.readableBytesView) } ?? [], rest: rest)
                }
            }
        } catch {
            return .refused
        }
    }
    return .needsMore(body: body)
}

private func encode(_ body: [UInt8], _ trailers: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: body.count, by: 5) {
        let chunk = body[start..<min(start + 5, body.count)]
        bytes += Array("\(chunk.count)\r\n".utf8) + chunk + [0x0D, 0x0A]
    }
    return bytes + [0x30, 0x0D, 0x0A] + trailers + [0x0D, 0x0A]
}
