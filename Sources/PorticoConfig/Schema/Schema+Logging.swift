// The keys of `[logging]`.

extension Schema {
    static let logging = SectionSchema(
        LoggingSettings(),
        [
            SchemaKey("level", .choice(), \.level, "Lines below this level are not written."),
            SchemaKey("levels", .logLevels, \.levels, "Other levels for some modules."),
            SchemaKey("directory", .path, \.directory, "Where log files are kept."),
            SchemaKey("format", .choice(), \.format, "How lines of the server itself are written to files."),
            SchemaKey(
                "output_mode", .choice(), \.outputMode,
                "Files, the console, or both. The console is coloured on a terminal, files never are."),
            SchemaKey(
                "file_pattern", .logFilePattern, \.filePattern,
                "The name of log files; `{date}`, `{pid}`, `{hostname}` and `{name}` are filled in."),
            SchemaKey(
                "file_size_mb", .integer(1...1_000_000), \.fileSizeMB, "A log file is rotated at this size, in MB."),
            SchemaKey(
                "rotation_strategy", .choice(), \.rotationStrategy,
                "When a log file is rotated: at its size, each day, each hour (UTC), or at its size and each day."),
            SchemaKey(
                "compress_rotated_logs", .boolean, \.compressRotatedLogs, "Rotated files are compressed with gzip."),
            SchemaKey("max_rotated_files", .integer(0...100_000), \.maxRotatedFiles, "Rotated files that are kept."),
            SchemaKey(
                "retention_days", .integer(0...100_000), \.retentionDays,
                "Rotated files older than this go; 0 keeps them however old they are."),
            SchemaKey(
                "total_size_mb", .integer(1...100_000_000), \.totalSizeMB,
                "All log files together stay below this; the oldest go first."),
            SchemaKey(
                "min_free_mb", .integer(0...100_000_000), \.minFreeMB,
                "With less free disk than this no line is written; what is dropped is counted."),
            SchemaKey("file_mode", .fileMode, \.fileMode, "The permissions of log files."),
            SchemaKey(
                "structured_logging", .boolean, \.structuredLogging,
                "Lines are made of fields. If not, the server's own are `text` and access lines `combined`, whatever the formats say."
            ),
            SchemaKey(
                "enable_request_ids", .boolean, \.enableRequestIDs, "Access lines have the request's id and trace."),
            SchemaKey(
                "enable_performance_metrics", .boolean, \.enablePerformanceMetrics,
                "Access lines tell how long a backend's request took in each phase."),
            SchemaKey("access_log", .boolean, \.accessLog, "Write a line for each request."),
            SchemaKey("access_format", .choice(), \.accessFormat, "How access lines are written."),
            SchemaKey(
                "redact", .list(.secretName), \.redact,
                "Query parameters, headers and fields of these names are written as `***`; case, `-` and `_` do not matter."
            ),
        ])
}
