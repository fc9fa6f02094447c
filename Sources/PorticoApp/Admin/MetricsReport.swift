// What `/metrics` tells, family by family. docs/metrics.md lists the same. Made on a thread of its own: with a thousand routes
// it is megabytes of text.
import NIOCore
import PorticoConfig
import PorticoCore
import PorticoHTTP
import PorticoLog
import PorticoStatic
import PorticoTelemetry
import PorticoUpstream

struct MetricsReport {
    let view: AdminView
    let generation: Generation
    let maxConnections: Int
    let survey: LoopSurvey.Result
    private var text = PrometheusText()

    /// Rows of targets; what a configuration has beyond them is only counted.
    static let targetLimit = 1_024

    init(
        _ view: AdminView, generation: Generation, maxConnections: Int, survey: LoopSurvey.Result
    ) {
        self.view = view
        self.generation = generation
        self.maxConnections = maxConnections
        self.survey = survey
    }

    mutating func make() -> ByteBuffer {
        writeRequests(view.telemetry.routeFigures)
        writeReasons()
        writeConnections()
        writeLoops()
        writeTargets()
        writeCaches()
        writeLog()
        writeSpans(view.spans.figures)
        writeReloads()
        writeProcess(.read())
        return ByteBuffer(bytes: text.bytes)
    }

    // MARK: Requests

    private mutating func writeRequests(_ all: [RouteFigures]) {
        let routes = all.map { (subject: $0, labels: MetricLabels("route", $0.name)) }
        text.family(
            "portico_requests_total", .counter, "Requests that have ended, by route, method and class of status.")
        for (route, labels) in routes { writeCounts(route, labels) }
        text.family(
            "portico_request_duration_seconds", .histogram,
            "From the request's head to the end of the answer; upgraded connections are left out.")
        for (route, labels) in routes {
            text.histogram(labels, counts: route.durations, seconds: Double(route.durationNanoseconds) / 1e9)
        }
        text.family(
            "portico_upstream_response_seconds", .histogram, "From sending a request to a backend to its response head."
        )
        for (route, labels) in routes where route.upstreams.contains(where: { $0 > 0 }) {
            text.histogram(labels, counts: route.upstreams, seconds: Double(route.upstreamNanoseconds) / 1e9)
        }
        text.metric("portico_request_body_bytes_total", .counter, "Bytes of request bodies.", of: routes, \.bytesIn)
        text.metric("portico_response_body_bytes_total", .counter, "Bytes of response bodies.", of: routes, \.bytesOut)
        text.metric(
            "portico_upstream_retries_total", .counter, "Attempts at backends beyond a request's first.", of: routes,
            \.retries)
    }

    private mutating func writeCounts(_ route: RouteFigures, _ labels: MetricLabels) {
        for (index, count) in route.requests.enumerated() where count > 0 {
            let (method, family) = index.quotientAndRemainder(dividingBy: RequestKind.classes.count)
            text.sample(
                labels.with("method", RequestKind.methods[method]).with("class", RequestKind.classes[family]), count)
        }
    }

    private mutating func writeReasons() {
        text.family(
            "portico_request_reasons_total", .counter,
            "Requests whose access line has a reason: why they ended other than as a plain success.")
        for (reason, count) in view.telemetry.reasons { text.sample(MetricLabels("reason", reason), count) }
    }

    // MARK: Connections and loops

    private mutating func writeConnections() {
        text.metric("portico_connections_open", .gauge, "Client connections that are open.", view.connections.current)
        text.metric("portico_connections_limit", .gauge, "max_connections of the configuration.", maxConnections)
    }

    private mutating func writeLoops() {
        let loops = view.telemetry.lags.enumerated().map { (subject: $1, labels: MetricLabels("loop", "\($0)")) }
        text.family(
            "portico_event_loop_lag_seconds", .histogram,
            "How much later than due an event loop's timer came, four times a second.")
        for (lag, labels) in loops { text.histogram(labels, counts: lag.counts, seconds: lag.seconds) }
        text.family("portico_event_loop_last_lag_seconds", .gauge, "The same, of the last tick.")
        for (lag, labels) in loops { text.sample(labels, lag.last) }
        text.family("portico_event_loop_responsive", .gauge, "Whether the loop answered within half a second just now.")
        for (index, loop) in loops.enumerated() { text.sample(loop.labels, survey.hasAnswered[index]) }
    }

    // MARK: The rest of the house

    private mutating func writeTargets() {
        let states = view.targets.all
        TargetMetrics(states.prefix(Self.targetLimit), survey.tallies).write(to: &text)
        text.metric("portico_targets", .gauge, "Targets of the configuration, listed or not.", states.count)
    }

    private mutating func writeCaches() {
        let sites = generation.sites.places.map { (subject: $0.site, labels: MetricLabels("site", $0.label.text)) }
        text.metric("portico_cache_bytes", .gauge, "Bytes that a site's file cache holds.", of: sites, \.cachedBytes)
        text.metric("portico_cache_files", .gauge, "Files that a site's cache holds.", of: sites, \.cachedCount)
        text.metric(
            "portico_cache_file_reads_total", .counter,
            "Files read from disk for an answer: what the cache did not have.", of: sites, \.counters.readCount)
        text.metric(
            "portico_cache_encodings_total", .counter, "Files compressed while a client waited.", of: sites,
            \.counters.encodingCount)
        text.metric(
            "portico_cache_best_variants_total", .counter,
            "Compressed files replaced by better ones in the background.", of: sites, \.counters.bestVariantCount)
        text.metric(
            "portico_cache_changes_total", .counter, "Cached files dropped because they changed on disk.", of: sites,
            \.counters.changeCount)
    }

    private mutating func writeLog() {
        let log = view.log.writer.figures
        text.metric("portico_log_lines_written_total", .counter, "Lines of the log that were written.", log.written)
        text.metric(
            "portico_log_lines_dropped_total", .counter, "Lines of the log that were lost: a full disk, or a slow one.",
            log.dropped)
        text.metric("portico_log_queue_bytes", .gauge, "Bytes of the log that wait to be written.", log.queuedBytes)
    }

    private mutating func writeSpans(_ spans: SpanQueue.Figures) {
        text.family("portico_spans_exported_total", .counter, "Spans that their receiver took.")
        text.sample(spans.exported)
        text.family("portico_spans_dropped_total", .counter, "Spans that were lost, by why.")
        text.sample(MetricLabels("reason", "queue_full"), spans.overflowed)
        text.sample(MetricLabels("reason", "refused"), spans.refused)
        text.sample(MetricLabels("reason", "undelivered"), spans.undelivered)
        text.family("portico_spans_waiting", .gauge, "Spans that wait to be sent.")
        text.sample(spans.waiting)
    }

    private mutating func writeReloads() {
        let reloads = view.reloads.figures
        text.family("portico_config_reloads_total", .counter, "Reloads of the configuration, by what came of them.")
        text.sample(MetricLabels("result", "done"), reloads.done)
        text.sample(MetricLabels("result", "refused"), reloads.refused)
        text.metric(
            "portico_config_loaded_timestamp_seconds", .gauge, "When the running configuration was loaded, since 1970.",
            Double(reloads.loadedAt) / 1e9)
    }

    private mutating func writeProcess(_ process: ProcessFigures) {
        text.family("portico_build_info", .gauge, "The version that runs.")
        text.sample(MetricLabels("version", PorticoVersion.number), 1)
        text.metric("process_cpu_seconds_total", .counter, "Processor time, of user and system.", process.cpuSeconds)
        text.metric("process_resident_memory_bytes", .gauge, "Resident memory.", process.residentBytes)
        text.metric("process_virtual_memory_bytes", .gauge, "Virtual memory.", process.virtualBytes)
        text.metric("process_open_fds", .gauge, "Open file descriptors.", process.openDescriptors)
        text.metric("process_max_fds", .gauge, "How many file descriptors there may be.", process.maxDescriptors)
        text.metric("process_threads", .gauge, "Threads.", process.threads)
        text.metric("process_start_time_seconds", .gauge, "When the process started, since 1970.", process.startTime)
    }
}
