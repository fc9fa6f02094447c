// Fuzz entry for response heads as backends send them: no crash, the same wherever the bytes are cut, and framing that
// leaves no doubt.
import PorticoCore
import PorticoHTTP

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzResponseHead(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 2, let start else { return 0 }
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = Array(UnsafeBufferPointer(start: start + 2, count: count - 2))
    let method = start[1] & 1 == 0 ? HTTPMethod.get : .head
    let whole = verdict(bytes, method)
    let cut = Int(start[0]) * bytes.count / 256
    switch verdict(Array(bytes[..<cut]), method) {
    case .needMore: break
    case let early: precondition(early == whole, "a beginning was read otherwise than the whole")
    }
    return 0
}

private enum Verdict: Equatable {
    case head([UInt8])
    case refused
    case needMore
}

private func verdict(_ bytes: [UInt8], _ method: HTTPMethod) -> Verdict {
    var head = ResponseHeadView()
    do throws(HeadFault) {
        switch try ResponseHeadParser.parse(bytes.span, into: &head, answering: method, limit: 1024) {
        case .needMore: return .needMore
        case .complete(let length):
            check(head, method)
            var facts = Array("\(length) \(head.status) \(head.version) \(head.framing) \(head.keepAlive)\n".utf8)
            for index in 0..<head.fields.entryCount {
                let entry = head.fields.entry(index)
                facts += head.fields.view(entry.name)
                facts += head.fields.view(entry.value)
            }
            return .head(facts)
        }
    } catch {
        return .refused
    }
}

private func check(_ head: ResponseHeadView, _ method: HTTPMethod) {
    precondition(head.status >= 100 && head.status < 600)
    if method == .head || head.status < 200 || head.status == 204 || head.status == 304 {
        precondition(head.framing == .none)
    } else {
        precondition(head.framing != .none)
        precondition((head.framing == .chunked) == head.fields.has(.transferEncoding))
        precondition(head.framing != .untilClose || !head.keepAlive)
    }
}
