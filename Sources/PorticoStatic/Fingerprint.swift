// Whether a file name carries a hash of its contents, as build tools write them: such a file never changes. Strict: a name
// wrongly taken for one would stay stale for a year, one not recognised costs a 304.

package enum Fingerprint {
    /// The folders that frameworks fill with hashed files alone: Next.js, SvelteKit, Astro, Nuxt. Some of the names in them
    /// tell nothing by themselves.
    private static let folders = ["/_next/static/", "/_app/immutable/", "/_astro/", "/_nuxt/"]
    /// But for this: it says which build is the newest.
    private static let otherFolder = "/_nuxt/builds/"

    /// By the path of a file, which starts with a slash.
    package static func isIn(path: String) -> Bool {
        let name = path.utf8.lastIndex(of: 0x2F).map { path[path.utf8.index(after: $0)...] } ?? path[...]
        if isIn(name) { return true }
        return folders.contains { path.contains($0) } && !path.contains(otherFolder)
    }

    /// `app.3f2a1b9c.js`, `main-BfX3kQ9z.chunk.js.map`: the hash stands before up to three extensions, behind a dot, a dash
    /// or an underscore; a long hexadecimal one may be the whole name.
    package static func isIn(_ name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8)
        var end = bytes.count
        var isCode = false
        for _ in 0..<3 {
            guard let dot = bytes[..<end].lastIndex(of: 0x2E), isExtension(bytes[(dot + 1)..<end]) else { return false }
            isCode = isCode || codeExtensions.contains { bytes[(dot + 1)..<end].elementsEqual($0.utf8) }
            if endsInHash(bytes[..<dot]) || isCode && endsInHashOfCode(bytes[..<dot]) { return true }
            end = dot
        }
        return false
    }

    private static let codeExtensions = ["js", "mjs"]

    private static func isExtension(_ bytes: ArraySlice<UInt8>) -> Bool {
        (1...10).contains(bytes.count) && bytes.allSatisfy(isLetterOrDigit)
    }

    private static func endsInHash(_ stem: ArraySlice<UInt8>) -> Bool {
        guard let mark = stem.lastIndex(where: { $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }) else {
            return stem.count >= 16 && isHex(stem)
        }
        let part = stem[(mark + 1)...]
        return mark > stem.startIndex && (isHex(part) || isMixed(part) || isBase32(part))
    }

    /// Forms that would be names of pictures or styles, colours among them, stand for a hash before `.js` alone.
    private static func endsInHashOfCode(_ stem: ArraySlice<UInt8>) -> Bool {
        endsInShortHex(stem) || endsInBase64URL(stem) || isChunk(stem)
    }

    /// webpack's `main.3f2a1b.js`: six or seven hexadecimal digits behind a dot.
    private static func endsInShortHex(_ stem: ArraySlice<UInt8>) -> Bool {
        guard let dot = stem.lastIndex(of: 0x2E), dot > stem.startIndex else { return false }
        let part = stem[(dot + 1)...]
        return (6...7).contains(part.count) && isHexOfOneCase(part)
    }

    /// Rollup's eight characters of RFC 4648 §5 where a dash or an underscore is one of them: `index-D_k2f-1a.js`.
    private static func endsInBase64URL(_ stem: ArraySlice<UInt8>) -> Bool {
        let part = stem.suffix(8)
        guard part.count == 8, part.startIndex > stem.startIndex + 1, stem[part.startIndex - 1] == 0x2D else {
            return false
        }
        guard part.contains(where: isUpper), part.contains(where: isLower), part.contains(where: isDigit) else {
            return false
        }
        // Words and numbers change their kind between the marks, hashes anywhere; a capital begins many a word.
        var changes = 0
        for (index, next) in zip(part.indices, part.dropFirst()) {
            let byte = part[index]
            guard isLetterOrDigit(byte), isLetterOrDigit(next) else { continue }
            let beginsWord = index == part.startIndex || !isLetterOrDigit(part[index - 1])
            if kind(byte) != kind(next), !(beginsWord && isUpper(byte) && isLower(next)) { changes += 1 }
        }
        return changes >= 3 && part.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F }
    }

    /// esbuild's and Angular's own names, whose hash may well be letters alone.
    private static func isChunk(_ stem: ArraySlice<UInt8>) -> Bool {
        guard let dash = stem.lastIndex(of: 0x2D),
            ["chunk", "main", "polyfills"].contains(where: { stem[..<dash].elementsEqual($0.utf8) })
        else { return false }
        let part = stem[(dash + 1)...]
        return part.count == 8 && part.allSatisfy { isUpper($0) || (0x32...0x37).contains($0) }
    }

    /// Eight or more hexadecimal digits of one case. Numbers, dates and words are none.
    private static func isHex(_ part: ArraySlice<UInt8>) -> Bool {
        part.count >= 8 && isHexOfOneCase(part)
    }

    private static func isHexOfOneCase(_ part: ArraySlice<UInt8>) -> Bool {
        let digits = part.count(where: isDigit)
        guard digits >= 2, part.count - digits >= 2, hasLetterBehindDigit(part) else { return false }
        return part.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
            || part.allSatisfy { isDigit($0) || (0x41...0x46).contains($0) }
    }

    /// Letters of both cases and digits, of the lengths that tools use; nothing that looks like words.
    private static func isMixed(_ part: ArraySlice<UInt8>) -> Bool {
        guard part.count == 8 || (16...64).contains(part.count), part.allSatisfy(isLetterOrDigit),
            part.contains(where: isUpper), part.contains(where: isLower), hasLetterBehindDigit(part)
        else { return false }
        var run = 0
        for byte in part {
            run = isLower(byte) ? run + 1 : 0
            if run == 4 { return false }
        }
        return true
    }

    /// Eight characters of RFC 4648 §6.
    private static func isBase32(_ part: ArraySlice<UInt8>) -> Bool {
        part.count == 8 && part.allSatisfy { isUpper($0) || (0x32...0x37).contains($0) } && hasLetterBehindDigit(part)
    }

    /// `summer2024` and `version10` are words with a number.
    private static func hasLetterBehindDigit(_ part: ArraySlice<UInt8>) -> Bool {
        guard let digit = part.firstIndex(where: isDigit) else { return false }
        return part[digit...].contains { !isDigit($0) }
    }

    private static func kind(_ byte: UInt8) -> Int { isDigit(byte) ? 0 : isUpper(byte) ? 1 : 2 }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || isUpper(byte) || isLower(byte) }
}
