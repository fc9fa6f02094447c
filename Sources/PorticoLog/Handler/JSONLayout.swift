// An application event as one JSON object on one line.
import Logging

enum JSONLayout {
    /// Keys that the line itself has; metadata of that name gets an underscore behind it.
    private static let taken: Set<String> = ["time", "level", "logger", "message", "truncated"]

    static func write(_ event: LogEventView, to chunk: LogChunk) {
        chunk.put(#"{"time":""#)
        chunk.putTimestamp(event.unixNanoseconds)
        chunk.put(#"","level":"#)
        chunk.putQuoted(event.level.rawValue)
        chunk.put(#","logger":"#)
        chunk.putQuoted(event.logger)
        chunk.put(#","message":"#)
        chunk.putQuoted(event.message)
        for (key, value) in event.metadata {
            guard chunk.count < LogEventView.longestLine else {
                chunk.put(#","truncated":"true""#)
                break
            }
            chunk.put(",")
            chunk.putQuoted(taken.contains(key) ? key + "_" : key)
            chunk.put(":")
            put(value, depth: 0, to: chunk)
        }
        chunk.put("}")
        chunk.endLine()
    }

    /// Every leaf is a JSON string; arrays and dictionaries keep their shape as far as depth and length allow.
    static func put(_ value: Logger.Metadata.Value, depth: Int, to chunk: LogChunk) {
        switch value {
        case .string(let text): chunk.putQuoted(text)
        case .stringConvertible(let value): chunk.putQuoted(value.description)
        case .array(let values) where depth < LogEventView.deepestValue:
            chunk.put("[")
            for (index, value) in values.enumerated() {
                guard chunk.count < LogEventView.longestLine else { break }
                if index > 0 { chunk.put(",") }
                put(value, depth: depth + 1, to: chunk)
            }
            chunk.put("]")
        case .dictionary(let values) where depth < LogEventView.deepestValue:
            chunk.put("{")
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                guard chunk.count < LogEventView.longestLine else { break }
                if index > 0 { chunk.put(",") }
                chunk.putQuoted(key)
                chunk.put(":")
                put(value, depth: depth + 1, to: chunk)
            }
            chunk.put("}")
        case .array, .dictionary: chunk.putQuoted("...")
        }
    }
}
