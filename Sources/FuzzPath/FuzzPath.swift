// Fuzz entry for paths: what normalising and resolving yield never leads out of the root, of no name and on no disk.
import PorticoHTTP
import PorticoStatic

private let tree = FuzzTree()

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzPath(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // SAFETY: the fuzzer hands over `count` readable bytes at `start` for the time of the call.
    let bytes = [0x2F] + Array(UnsafeBufferPointer(start: start, count: count))
    tree.check(bytes)
    if let once = normalise(bytes), once != bytes { tree.check(once) }
    for allowHidden in [false, true] {
        // Even a path that nobody normalised stays inside.
        check(bytes, allowHidden: allowHidden)
        guard let once = normalise(bytes) else { continue }
        precondition(normalise(once) == once, "normalised twice is another path")
        precondition(once.first == 0x2F && !hasDotSegment(once))
        check(once, allowHidden: allowHidden)
    }
    return 0
}

private func normalise(_ path: [UInt8]) -> [UInt8]? {
    path.withUnsafeBytes { bytes in
        do throws(HeadFault) { return try PathNormaliser.normalise(bytes) } catch { return nil }
    }
}

private func hasDotSegment(_ path: [UInt8]) -> Bool {
    path.split(separator: 0x2F).contains { $0.elementsEqual([0x2E]) || $0.elementsEqual([0x2E, 0x2E]) }
}

private func check(_ path: [UInt8], allowHidden: Bool) {
    guard let found = path.withUnsafeBytes({ SitePath($0, allowHidden: allowHidden) }) else { return }
    let relative = Array(found.relative.utf8)
    precondition(relative.first != 0x2F && relative.last != 0x2F, "absolute")
    precondition(!hasDotSegment(relative) && !relative.contains(0) && !relative.contains(0x5C))
    let segments = relative.split(separator: 0x2F)
    // An escape never became a separator.
    precondition(segments.count <= path.count { $0 == 0x2F })
    for (index, segment) in segments.enumerated() {
        precondition(segment.count <= 255)
        let isWellKnown = index == 0 && segment.elementsEqual(".well-known".utf8)
        precondition(allowHidden || isWellKnown || segment.first != 0x2E, "hidden")
    }
}
