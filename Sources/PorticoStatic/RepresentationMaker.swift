// Makes representations of a site's files: header fields, tags, and where the bytes lie. Which forms there are of a file is others' part.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP

struct RepresentationMaker: Sendable {
    /// Larger files are sent from disk by sendfile.
    static let memoryLimit = 64 << 10

    private let rules: FileRules
    private let root: String

    init(_ settings: SiteSettings) {
        rules = FileRules(settings)
        root = settings.directory
    }

    /// `path` is that of the plain file, whatever is its form.
    func rules(of path: String) -> FileRules.Fields {
        rules.fields(of: String(decoding: path.utf8.dropFirst(root.utf8.count), as: UTF8.self))
    }

    /// `stamp` is the file's own, `path` that of its plain form.
    func representation(
        of file: OpenFile, _ stamp: FileStamp, path: String, coding: ContentCoding?, varies: Bool
    ) -> Representation {
        let head = head(stamp, path: path, coding: coding, varies: varies)
        guard stamp.size > Self.memoryLimit else {
            return Representation(head, bytes: file.read(from: 0, count: stamp.size))
        }
        return Representation(head, file: file, size: stamp.size)
    }

    /// `isQuick`: a better form in that coding may follow.
    func head(
        _ stamp: FileStamp, path: String, coding: ContentCoding?, varies: Bool, isQuick: Bool = false
    ) -> RepresentationHead {
        let etag = Self.etag(stamp, coding, isQuick: isQuick)
        let rules = rules(of: path)
        // The fields that a 304 carries too come first (RFC 9110 §15.4.5).
        var shared = ByteBufferAllocator().buffer(capacity: 256)
        shared.writeField("ETag", etag)
        shared.writeField("Last-Modified", HTTPDate.text(stamp.modifiedSeconds))
        shared.writeImmutableBuffer(rules.shared)
        if varies { shared.writeStaticString("Vary: Accept-Encoding\r\n") }
        var fields = shared
        fields.writeImmutableBuffer(rules.ofBody)
        if let coding { fields.writeField("Content-Encoding", coding.rawValue) }
        if coding == nil { fields.writeStaticString("Accept-Ranges: bytes\r\n") }
        return RepresentationHead(etag: Array(etag.utf8), shared: shared, fields: fields)
    }

    /// Strong: tells two states of a file apart even where a deploy gives every file the same time (RFC 9110 §8.8.3).
    /// A quick variant's bytes are others than the best one's, and so is its tag.
    private static func etag(_ stamp: FileStamp, _ coding: ContentCoding?, isQuick: Bool) -> String {
        func hex(_ number: Int) -> String { String(number, radix: 36) }
        let modified = hex(stamp.modifiedSeconds &* 1_000_000_000 &+ stamp.modifiedNanoseconds)
        let suffix = coding.map { "-" + $0.rawValue + (isQuick ? "-quick" : "") } ?? ""
        return "\"\(modified)-\(hex(Int(bitPattern: stamp.inode)))-\(hex(stamp.size))\(suffix)\""
    }
}
