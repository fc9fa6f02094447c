// The keys of `[logging]`.

extension Schema {
    static let logging = SectionSchema(
        LoggingSettings(),
        [
            SchemaKey("level", .choice(), \.level, "Lines below this level are not written."),
            SchemaKey("directory", .path, \.directory, "Where log files are kept."),
            SchemaKey("format", .choice(later: ["logfmt"]), \.format, "How log files are written."),
            SchemaKey(
                "output_mode", .choice(), \.outputMode,
                "Files, the console, or both. The console is coloured on a terminal, files never are."),
            SchemaKey(
                "file_pattern", .logFilePattern, \.filePattern,
                "The name of log files; `{date}`, `{pid}`, `{hostname}` and `{name}` are filled in."),
            SchemaKey(
                "file_size_mb", .integer(1...1_000_000), \.fileSizeMB, "A log file is rotated at this size, in MB."),
            SchemaKey(
                "rotation_strategy", .choice(later: ["daily", "hourly", "size_and_time"]), \.rotationStrategy,
                "When a log file is rotated."),
            SchemaKey("max_rotated_files", .integer(0...100_000), \.maxRotatedFiles, "Rotated files that are kept."),
            SchemaKey("access_log", .boolean, \.accessLog, "Write a line for each request."),
            .later("levels"), .later("compress_rotated_logs"), .later("retention_days"), .later("structured_logging"),
            .later("enable_request_ids"), .later("enable_performance_metrics"), .later("access_format"),
            .later("total_size_mb"), .later("min_free_mb"), .later("redact"),
        ])
}
