// How long a backend keeps an idle connection, in its own words.
import PorticoCore
import PorticoHTTP

/// `Keep-Alive: timeout=n` as backends announce it.
enum KeepAliveHint {
    static func timeout(_ fields: HeadFields) -> Interval? {
        guard let value = fields.value(of: .keepAlive) else { return nil }
        var seconds: Int?
        value.forEachElement { element in
            guard element.count > 8, UnsafeRawBufferPointer(rebasing: element[..<8]).equalsFolded("timeout=") else {
                return
            }
            seconds = UnsafeRawBufferPointer(rebasing: element[8...]).decimal
        }
        return seconds.map { .seconds(min($0, 86_400)) }
    }
}
