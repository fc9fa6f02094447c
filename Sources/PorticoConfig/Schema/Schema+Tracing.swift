// The keys of `[tracing]`.

extension Schema {
    static let tracing = SectionSchema(
        TracingSettings(),
        [
            SchemaKey(
                "otlp_endpoint", .otlpEndpoint, \.endpoint,
                "Where spans are sent by OTLP/HTTP. Without it none are made, and nothing is sampled."),
            SchemaKey(
                "sample_ratio", .number(0...1), \.sampleRatio,
                "How many of the requests without a trace of their own become one, from none to all."),
            SchemaKey(
                "service_name", .text("a name", allowsEmpty: true), \.serviceName,
                "The name of this service in its spans; empty is `name` in [application]."),
            SchemaKey("headers", .secretFields, \.headers, "Header fields of each delivery, such as a key."),
            SchemaKey(
                "headers_file", .path(allowsEmpty: true), \.headersFile,
                "A file with more of them, `Name: value` on each line."),
        ])
}

extension ValueCoder where Value == TargetSettings? {
    /// Without a path it is the one of OTLP/HTTP.
    static var otlpEndpoint: ValueCoder {
        ValueCoder<TargetSettings>.parsed("a URL such as \"http://127.0.0.1:4318/v1/traces\"") {
            text throws(TextProblem) in
            var endpoint = try TargetSettings(url: text)
            if endpoint.basePath.isEmpty { endpoint.basePath = "/v1/traces" }
            return endpoint
        } print: {
            $0.url
        }.optional
    }
}

extension ValueCoder where Value == [FieldSetting] {
    /// Fields of our own requests whose values no print of the configuration shows.
    static var secretFields: ValueCoder {
        let plain = fields
        return ValueCoder(kind: plain.kind) { node, reading in
            guard let fields = plain.read(node, &reading) else { return nil }
            for (name, entry) in node.entries {
                if let refusal = HeaderFieldRules.sentToBackend.refusal(name) {
                    reading.fault("\(node.path.named): \(refusal.message)", at: entry, .name)
                } else if ["content-type", "user-agent"].contains(name.lowercased()) {
                    reading.fault("\(node.path.named): \"\(name)\" is set by Portico", at: entry, .name)
                }
            }
            return fields
        } text: { fields in
            plain.text(fields.map { FieldSetting(name: $0.name, value: "<redacted>") })
        }
    }
}
