// Conditional requests (RFC 9110 §13): what a request's validators make of one representation. Pure.
import PorticoCore
package import PorticoHTTP

package enum Precondition: Equatable {
    case proceed
    case notModified
    case failed
}

package enum Preconditions {
    /// Evaluates in the order of RFC 9110 §13.2.2. `etag` is strong, quotes included; `modified` in Unix seconds.
    package static func evaluate(
        _ fields: HeadFields, method: HTTPMethod, etag: UnsafeRawBufferPointer, modified: Int
    ) -> Precondition {
        if fields.value(of: .ifMatch) != nil {
            guard matches(fields, .ifMatch, etag, isWeak: false) else { return .failed }
        } else if let since = fields.value(of: .ifUnmodifiedSince).flatMap(HTTPDate.parse) {
            guard modified <= since else { return .failed }
        }
        if let tags = fields.value(of: .ifNoneMatch) {
            // Nearly always it is the one tag that we gave.
            guard tags.equals(etag) || matches(fields, .ifNoneMatch, etag, isWeak: true) else { return .proceed }
            return method == .get || method == .head ? .notModified : .failed
        }
        if method == .get || method == .head, let since = fields.value(of: .ifModifiedSince).flatMap(HTTPDate.parse) {
            return modified <= since ? .notModified : .proceed
        }
        return .proceed
    }

    /// Whether a `Range` may be answered, by `If-Range` (RFC 9110 §13.1.5).
    package static func rangeApplies(_ fields: HeadFields, etag: UnsafeRawBufferPointer, modified: Int) -> Bool {
        guard let condition = fields.value(of: .ifRange) else { return true }
        if condition.first == 0x22 { return condition.equals(etag) }
        if condition.starts(with: [0x57, 0x2F]) { return false }
        return HTTPDate.parse(condition) == modified
    }

    /// `*`, or a list of entity tags one of which is ours. Weak comparison ignores `W/` (RFC 9110 §8.8.3.2).
    private static func matches(
        _ fields: HeadFields, _ field: KnownField, _ etag: UnsafeRawBufferPointer, isWeak: Bool
    ) -> Bool {
        var found = false
        fields.forEachValue(of: field) { value in
            value.forEachElement { element in
                if element.count == 1, element[0] == 0x2A { found = true }
                let isWeakTag = element.count > 2 && element[0] == 0x57 && element[1] == 0x2F
                if isWeakTag, !isWeak { return }
                if (isWeakTag ? UnsafeRawBufferPointer(rebasing: element[2...]) : element).equals(etag) { found = true }
            }
        }
        return found
    }
}
