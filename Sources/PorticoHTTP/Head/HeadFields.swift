// The bytes of one message head and where its fields lie in them: memory owned by the connection, used again for each
// message, so that a head costs no allocation. Knows nothing of requests, responses or framing.
import PorticoCore

/// A run of bytes within a head.
package struct Extent: Sendable, Equatable {
    package var start: UInt32
    package var count: UInt32

    package init(start: Int, count: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.count = UInt32(truncatingIfNeeded: count)
    }

    package static let none = Extent(start: 0, count: 0)
}

package struct FieldEntry: Sendable {
    package var name: Extent
    package var value: Extent
    package var known: KnownField
}

/// Views handed out stay valid until the next `clear`, `load` or `release`: for the length of one exchange.
package final class HeadFields {
    // SAFETY: both blocks belong to this object alone and are freed in deinit; every access is checked against `count`
    // or `entryCount`.
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var count = 0
    private var entries: UnsafeMutablePointer<FieldEntry>?
    private var entryCapacity = 0
    package private(set) var entryCount = 0
    /// One bit per known field that occurs.
    private var present: UInt64 = 0

    package init() {}

    deinit {
        base?.deallocate()
        entries?.deallocate()
    }

    package func clear() {
        count = 0
        entryCount = 0
        present = 0
    }

    // MARK: Reading

    package func view(_ extent: Extent) -> UnsafeRawBufferPointer {
        precondition(Int(extent.start) + Int(extent.count) <= count)
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + Int(extent.start), count: Int(extent.count))
    }

    package func entry(_ index: Int) -> FieldEntry {
        precondition(index < entryCount)
        return entries![index]
    }

    package func has(_ field: KnownField) -> Bool { present & (1 << UInt64(field.rawValue)) != 0 }

    /// Whether any of the fields that make a request conditional occurs (RFC 9110 §13.1).
    package var hasConditions: Bool {
        has(.ifNoneMatch) || has(.ifModifiedSince) || has(.ifMatch) || has(.ifUnmodifiedSince)
    }

    /// The value of the first field of this name.
    package func value(of field: KnownField) -> UnsafeRawBufferPointer? {
        guard has(field) else { return nil }
        for index in 0..<entryCount where entries![index].known == field { return view(entries![index].value) }
        return nil
    }

    package func forEachValue(of field: KnownField, _ body: (UnsafeRawBufferPointer) -> Void) {
        for index in 0..<entryCount where entries![index].known == field { body(view(entries![index].value)) }
    }

    /// Whether any field of this name lists the token (RFC 9110 §5.6.1).
    package func list(_ field: KnownField, contains token: StaticString) -> Bool {
        guard has(field) else { return false }
        for index in 0..<entryCount where entries![index].known == field {
            if view(entries![index].value).listContains(token) { return true }
        }
        return false
    }

    /// Whether there is a field of this name, given in lower case, with exactly this value; nil stands for any.
    package func contains(_ name: [UInt8], value: [UInt8]?) -> Bool {
        name.withUnsafeBytes { name in
            for index in 0..<entryCount where view(entries![index].name).equalsIgnoringCase(name) {
                guard let value else { return true }
                if value.withUnsafeBytes({ view(entries![index].value).equals($0) }) { return true }
            }
            return false
        }
    }

    // MARK: Filling

    /// Notes a field by its place in bytes that `load` brings in afterwards.
    package func note(_ entry: FieldEntry) {
        if entryCount == entryCapacity { growEntries() }
        entries![entryCount] = entry
        entryCount += 1
        present |= 1 << UInt64(entry.known.rawValue)
    }

    /// Copies the whole head in; extents noted before are offsets into it.
    package func load(_ bytes: UnsafeRawBufferPointer) {
        count = 0
        _ = append(bytes)
    }

    /// Adds bytes and says where they lie now.
    package func append(_ bytes: UnsafeRawBufferPointer) -> Extent {
        reserve(count + bytes.count)
        if let source = bytes.baseAddress, let base { (base + count).copyMemory(from: source, byteCount: bytes.count) }
        let extent = Extent(start: count, count: bytes.count)
        count += bytes.count
        return extent
    }

    private func reserve(_ needed: Int) {
        guard needed > capacity else { return }
        let grown = max(512, needed.nextPowerOfTwo)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 8)
        if let base {
            fresh.copyMemory(from: base, byteCount: count)
            base.deallocate()
        }
        base = fresh
        capacity = grown
    }

    private func growEntries() {
        let grown = max(16, entryCapacity * 2)
        let fresh = UnsafeMutablePointer<FieldEntry>.allocate(capacity: grown)
        if let entries {
            fresh.update(from: entries, count: entryCount)
            entries.deallocate()
        }
        entries = fresh
        entryCapacity = grown
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
