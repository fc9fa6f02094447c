// Fuzz entry for `Range`: the parts lie within the file and apart from each other, and their number is bounded.
import PorticoStatic

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzRange(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    for size in [0, 1, 10, 4096, Int.max] {
        switch ByteRanges(bytes, size: size) {
        case .whole, .unsatisfiable: break
        case .part(let part): check([part], size)
        case .parts(let parts):
            precondition((2...ByteRanges.limit).contains(parts.count))
            check(parts, size)
        }
    }
    return 0
}

private func check(_ parts: [Range<Int>], _ size: Int) {
    var end = -1
    for part in parts.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        precondition(!part.isEmpty && part.lowerBound > end && part.upperBound <= size, "outside or twice")
        end = part.upperBound
    }
}
