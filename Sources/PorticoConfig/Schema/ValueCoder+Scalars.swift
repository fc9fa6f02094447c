// Coders of numbers, flags, durations, sizes and names.
import PorticoCore

extension ValueCoder where Value == Bool {
    static var boolean: ValueCoder {
        ValueCoder(kind: .boolean) { node, reading in
            if case .boolean(let flag) = node.value { return flag }
            reading.mismatch(node, expected: ValueKind.boolean.expected)
            return nil
        } text: {
            "\($0)"
        }
    }
}

extension ValueCoder where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> ValueCoder {
        let kind = ValueKind.integer(range)
        return ValueCoder(kind: kind) { node, reading in
            if case .integer(let number) = node.value, range.contains(number) { return number }
            reading.mismatch(node, expected: kind.expected)
            return nil
        } text: {
            "\($0)"
        }
    }
}

extension ValueCoder where Value == Int {
    static func numbers(_ numbers: [Int]) -> ValueCoder {
        let kind = ValueKind.numbers(numbers)
        return ValueCoder(kind: kind) { node, reading in
            if case .integer(let number) = node.value, numbers.contains(number) { return number }
            reading.mismatch(node, expected: kind.expected)
            return nil
        } text: {
            "\($0)"
        }
    }

    /// Permission bits in octal, as a text: a bare `0640` is no TOML, and `640` would be another number.
    static var fileMode: ValueCoder {
        parsed("permissions such as \"0640\"") { text throws(TextProblem) in
            guard let mode = Int(text, radix: 8), (3...4).contains(text.utf8.count), mode & 0o600 == 0o600 else {
                throw TextProblem("expected permissions such as \"0640\" that let the owner read and write")
            }
            return mode
        } print: {
            "0" + String($0, radix: 8)
        }
    }
}

extension ValueCoder where Value == Double {
    static func number(_ range: ClosedRange<Double>) -> ValueCoder {
        let kind = ValueKind.number(range)
        return ValueCoder(kind: kind) { node, reading in
            switch node.value {
            case .integer(let number) where range.contains(Double(number)): return Double(number)
            case .float(let number) where range.contains(number): return number
            default:
                reading.mismatch(node, expected: kind.expected)
                return nil
            }
        } text: {
            NumberText.of($0)
        }
    }
}

extension ValueCoder where Value == Duration {
    /// What a key that ends in `_secs` takes: a plain number of seconds.
    static func seconds(_ range: ClosedRange<Double>) -> ValueCoder {
        let number = ValueCoder<Double>.number(range)
        return ValueCoder(kind: number.kind) { node, reading in
            number.read(node, &reading).map { .nanoseconds(Int64($0 * 1_000_000_000)) }
        } text: {
            number.text(Double($0.wholeNanoseconds) / 1_000_000_000)
        }
    }

    /// A positive duration: what a time limit takes.
    static var limit: ValueCoder { duration(.milliseconds(1)) }

    static func duration(_ minimum: Duration) -> ValueCoder {
        let range = minimum...Duration.longestText
        let kind = ValueKind.duration(range)
        return ValueCoder(kind: kind) { node, reading in
            if let duration = duration(node.value), range.contains(duration) { return duration }
            reading.mismatch(node, expected: kind.expected)
            return nil
        } text: {
            "\"\($0.text)\""
        }
    }

    private static func duration(_ value: ConfigValue) -> Duration? {
        let longest = Int(Duration.longestText.components.seconds)
        switch value {
        case .string(let text): return Duration(text: text)
        case .integer(let seconds) where (0...longest).contains(seconds): return .seconds(seconds)
        case .float(let seconds) where (0...Double(longest)).contains(seconds):
            return .nanoseconds(Int64(seconds * 1_000_000_000))
        default: return nil
        }
    }
}

extension ValueCoder where Value == ByteSize {
    static func size(_ range: ClosedRange<ByteSize> = .bytes(0) ... .bytes(.max)) -> ValueCoder {
        let kind = ValueKind.size(range)
        return ValueCoder(kind: kind) { node, reading in
            if let size = size(node.value), range.contains(size) { return size }
            reading.mismatch(node, expected: kind.expected)
            return nil
        } text: {
            $0.bytes == 0 ? "0" : "\"\($0)\""
        }
    }

    private static func size(_ value: ConfigValue) -> ByteSize? {
        switch value {
        case .string(let text): ByteSize(text)
        case .integer(let bytes): ByteSize(bytes: bytes)
        default: nil
        }
    }
}

extension ValueCoder where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of an enumeration.
    static func choice() -> ValueCoder {
        let names = Value.allCases.map(\.rawValue)
        let kind = ValueKind.choice(names)
        return ValueCoder(kind: kind) { node, reading in
            guard case .string(let name) = node.value else {
                reading.mismatch(node, expected: kind.expected)
                return nil
            }
            if let value = Value(rawValue: name) { return value }
            reading.fault(
                "\(node.path.named): expected \(kind.expected), found \(node.value.found)", at: node,
                expected: kind.expected, suggestion: NearestName.to(name, in: names))
            return nil
        } text: {
            "\"\($0.rawValue)\""
        }
    }
}
