// An application event as `key=value` pairs.
import Logging

enum LogfmtLayout {
    static func write(_ event: LogEventView, to chunk: LogChunk) {
        chunk.put("time=")
        chunk.putTimestamp(event.unixNanoseconds)
        chunk.put(" level=")
        chunk.putEscaped(event.level.rawValue)
        chunk.put(" logger=")
        putValue(event.logger, to: chunk)
        chunk.put(" message=")
        putValue(event.message, to: chunk)
        for (key, value) in event.metadata {
            guard chunk.count < LogEventView.longestLine else {
                chunk.put(" truncated=true")
                break
            }
            put(key, value, to: chunk)
        }
        chunk.endLine()
    }

    static func put(_ key: String, _ value: Logger.Metadata.Value, to chunk: LogChunk) {
        chunk.put(" ")
        chunk.putEscaped(key)
        chunk.put("=")
        putValue(value, to: chunk)
    }

    static func putValue(_ value: Logger.Metadata.Value, to chunk: LogChunk) {
        switch value {
        case .string(let text): putValue(text, to: chunk)
        case .stringConvertible(let value): putValue(value.description, to: chunk)
        case .array, .dictionary: JSONLayout.put(value, depth: 0, to: chunk)
        }
    }

    /// Bare where it cannot be misread, else quoted and escaped: a value can forge neither a line nor a field.
    private static func putValue(_ text: String, to chunk: LogChunk) {
        if !text.isEmpty, text.utf8.allSatisfy(isBare) { chunk.putEscaped(text) } else { chunk.putQuoted(text) }
    }

    static func isBare(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
    }
}
