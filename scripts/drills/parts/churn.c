// Asks a site for its files while one thread replaces, deletes and adds them, and holds every answer against what the file was.
//
//   churn ROOT PORT FILES CLIENTS REQUESTS CHANGES_PER_SECOND LATE
//
// A body tells its file, version and length in its first line, and the rest follows from those: so each byte can be checked without a
// copy. Right is a version that stood within the last LATE seconds before the request was sent, or later; for a 404, the same of a gap.
// Those seconds are counted by a clock that stands still while the machine does: other work may keep it from all who are here.
// Prints its figures as JSON; what was wrong goes to stderr, and the exit status is 1.

#include <arpa/inet.h>
#include <brotli/decode.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { STATES = 512, MOST = 3 << 20, HEAD = 64, CODINGS = 4, TAG = 96, LINES = 1024, LINE = 37 };
// How late a change may be seen, in seconds.
static double late;
static const char *const codings[CODINGS] = {"identity", "gzip", "br", "zstd"};

// What stood under a name from a moment on; version 0 is nothing.
struct state {
    int version;
    double since;
};

struct file {
    pthread_mutex_t lock;
    int count;
    struct state states[STATES];
};

static struct file *files;
static char lines[LINES][LINE + 1];
static const char *root;
static int port, file_count, clients;
static long wanted;
static double changes_per_second;
static atomic_long asked, wrong, bytes, statuses[600], coded[CODINGS], changes;
static atomic_bool done;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

// Seconds in which threads got their turn: in steps of some milliseconds, as one thread counts them that only sleeps and looks at the time.
static atomic_long beaten;
enum { BEAT = 5000 };

static double beat(void) { return atomic_load(&beaten) / 1e6; }

static void *count_beats(void *_) {
    double last = now();
    while (true) {
        usleep(BEAT);
        double time = now(), passed = (time - last) * 1e6;
        atomic_fetch_add(&beaten, passed < 2 * BEAT ? (long)passed : 2 * BEAT);
        last = time;
    }
    return NULL;
}

static unsigned roll(unsigned *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void name_of(int file, char *name, size_t size) {
    static const char *const kinds[] = {"txt", "js", "css", "bin", "html"};
    snprintf(name, size, "dir%d/file%d.%s", file % 17, file, kinds[file % 5]);
}

// Most files are small, some do not fit into the cache's share, a few are sent from the disk; a version changes the length too.
static size_t length_of(int file, int version) {
    static const size_t sizes[] = {200, 900, 3000, 9000, 30000, 60000, 120000, 400000};
    unsigned seed = file * 2654435761u + version * 40503u + 1;
    roll(&seed);
    if (file % 200 == 7) return (2 << 20) + roll(&seed) % 65536;
    return sizes[file * 7919u % 97 % (file % 10 == 0 ? 8 : 6)] + roll(&seed) % 200;
}

static size_t fill(char *body, int file, int version) {
    size_t length = length_of(file, version);
    unsigned seed = file * 2246822519u + version * 3266489917u + 1;
    size_t at = snprintf(body, HEAD, "file %d version %d length %zu\n", file, version, length);
    while (at < length) {
        size_t left = length - at;
        memcpy(body + at, lines[roll(&seed) % LINES], left < LINE ? left : LINE);
        at += LINE;
    }
    return length;
}

static void note(int file, int version) {
    struct file *it = &files[file];
    pthread_mutex_lock(&it->lock);
    it->states[it->count % STATES] = (struct state){version, beat()};
    it->count++;
    pthread_mutex_unlock(&it->lock);
}

// Whether that version stood at any time from `late` before `sent` until now.
static bool stood(int file, int version, double sent) {
    struct file *it = &files[file];
    bool found = false;
    pthread_mutex_lock(&it->lock);
    int first = it->count > STATES ? it->count - STATES : 0;
    for (int at = it->count - 1; at >= first && !found; at--) {
        double gone = at + 1 < it->count ? it->states[(at + 1) % STATES].since : 1e18;
        if (gone + late < sent) break;
        found = it->states[at % STATES].version == version;
    }
    pthread_mutex_unlock(&it->lock);
    return found;
}

static void put(int file, int version, char *body) {
    char name[64], path[1024], beside[1024];
    name_of(file, name, sizeof name);
    snprintf(path, sizeof path, "%s/%s", root, name);
    snprintf(beside, sizeof beside, "%s/../beside", root);
    size_t length = fill(body, file, version);
    FILE *out = fopen(beside, "w");
    if (!out || fwrite(body, 1, length, out) != length || fclose(out)) exit((perror(beside), 2));
    // Noted before it happens: the version before is right for a while more in any case.
    note(file, version);
    if (rename(beside, path)) exit((perror(path), 2));
}

static void *churn(void *body) {
    unsigned seed = 7;
    int version = 2;
    double due = now();
    while (!atomic_load(&done)) {
        int file = roll(&seed) % file_count;
        if (roll(&seed) % 6 == 0) {
            char name[64], path[1024];
            name_of(file, name, sizeof name);
            snprintf(path, sizeof path, "%s/%s", root, name);
            note(file, 0);
            unlink(path);
            // Some stay away for longer than a change may take to be seen; they come back when they are drawn again.
        } else {
            put(file, version++, body);
        }
        atomic_fetch_add(&changes, 1);
        due += 1 / changes_per_second;
        double rest = due - now();
        if (rest > 0) usleep(rest * 1e6);
        else if (rest < -1) due = now();
    }
    return NULL;
}

struct client {
    int socket;
    char *in, *plain, *model;
    size_t have;
    unsigned seed;
    // The last tag of each file in each coding, and of which version it was.
    struct { char tag[TAG]; int version; } *known;
};

static void dial(struct client *it) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;
    struct timeval patience = {10, 0};
    it->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(it->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(it->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(it->socket, (void *)&address, sizeof address)) exit((perror("connect"), 2));
    it->have = 0;
}

static void fault(int file, const char *what, int status, const char *detail) {
    char name[64];
    name_of(file, name, sizeof name);
    if (atomic_fetch_add(&wrong, 1) < 20) fprintf(stderr, "wrong: %s: %s (status %d) %.60s\n", name, what, status, detail);
}

static bool field(const char *head, const char *name, char *value, size_t size) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) || line[length] != ':') continue;
        line += length + 1;
        while (*line == ' ') line++;
        size_t end = strcspn(line, "\r");
        if (end >= size) return false;
        memcpy(value, line, end);
        value[end] = 0;
        return true;
    }
    return false;
}

// The body without its coding; its length, or -1.
static long decode(int coding, const char *body, size_t length, char *plain) {
    if (coding == 1) {
        z_stream stream = {.next_in = (Bytef *)body, .avail_in = length, .next_out = (Bytef *)plain, .avail_out = MOST};
        if (inflateInit2(&stream, 31) != Z_OK) return -1;
        int result = inflate(&stream, Z_FINISH);
        inflateEnd(&stream);
        return result == Z_STREAM_END && !stream.avail_in ? (long)stream.total_out : -1;
    }
    if (coding == 2) {
        size_t out = MOST;
        return BrotliDecoderDecompress(length, (const uint8_t *)body, &out, (uint8_t *)plain) == BROTLI_DECODER_RESULT_SUCCESS ? (long)out : -1;
    }
    size_t out = ZSTD_decompress(plain, MOST, body, length);
    return ZSTD_isError(out) ? -1 : (long)out;
}

// The version that these bytes are, whole (or their first `part` bytes); 0 where they are none.
static int version_of(struct client *it, int file, const char *body, size_t length, size_t part) {
    int found = -1, version = 0;
    size_t said = 0;
    char first[HEAD + 1] = {0};
    memcpy(first, body, length < HEAD ? length : HEAD);
    if (sscanf(first, "file %d version %d length %zu", &found, &version, &said) != 3 || found != file || version < 1) return 0;
    if (said != length_of(file, version) || length != (part && part < said ? part : said)) return 0;
    fill(it->model, file, version);
    return memcmp(body, it->model, length) ? 0 : version;
}

// Until that many bytes are here.
static bool have(struct client *it, size_t count) {
    if (count > MOST) return false;
    while (it->have < count) {
        ssize_t got = recv(it->socket, it->in + it->have, 65536, 0);
        if (got <= 0) return false;
        it->have += got;
    }
    return true;
}

// The body without its chunks' frames, moved together where it lies; trailers are nothing that a site sends.
static bool join_chunks(struct client *it, size_t start, size_t *length) {
    size_t at = start;
    *length = 0;
    while (true) {
        char *end;
        while (!(end = memmem(it->in + at, it->have - at, "\r\n", 2)))
            if (!have(it, it->have + 1)) return false;
        size_t size = strtoul(it->in + at, NULL, 16);
        at = end + 2 - it->in;
        if (!have(it, at + size + 2) || memcmp(it->in + at + size, "\r\n", 2)) return false;
        memmove(it->in + start + *length, it->in + at, size);
        *length += size;
        at += size + 2;
        if (!size) return at == it->have;
    }
}

static bool read_answer(struct client *it, char **head, char **body, size_t *length) {
    char *end = NULL;
    while (!(end = it->have ? memmem(it->in, it->have, "\r\n\r\n", 4) : NULL))
        if (!have(it, it->have + 1)) return false;
    end[2] = 0;
    *head = it->in;
    *body = end + 4;
    char value[32];
    int status = atoi(it->in + 9);
    bool whole;
    if (field(it->in, "Transfer-Encoding", value, sizeof value)) {
        whole = !strcmp(value, "chunked") && join_chunks(it, *body - it->in, length);
    } else {
        *length = status != 304 && field(it->in, "Content-Length", value, sizeof value) ? strtoul(value, NULL, 10) : 0;
        whole = have(it, *body - it->in + *length) && it->have == *body - it->in + *length;
    }
    it->have = 0;
    return whole;
}

static void ask(struct client *it) {
    int file = roll(&it->seed) % file_count, coding = roll(&it->seed) % CODINGS, kind = roll(&it->seed) % 8;
    size_t part = kind == 0 ? 64 + roll(&it->seed) % 4000 : 0;
    char name[64], text[512], extra[160] = "";
    char *tag = it->known[file * CODINGS + coding].tag;
    bool conditional = kind == 1 && *tag;
    name_of(file, name, sizeof name);
    if (part) snprintf(extra, sizeof extra, "Range: bytes=0-%zu\r\n", part - 1);
    if (conditional) snprintf(extra, sizeof extra, "If-None-Match: %s\r\n", tag);
    int size = snprintf(text, sizeof text, "GET /%s HTTP/1.1\r\nHost: churn\r\nAccept-Encoding: %s\r\n%s\r\n", name, codings[coding], extra);
    double sent = beat();
    char *head, *body;
    size_t length;
    if (send(it->socket, text, size, MSG_NOSIGNAL) != size || !read_answer(it, &head, &body, &length)) {
        fault(file, "cut or no answer", 0, strerror(errno));
        close(it->socket);
        dial(it);
        return;
    }
    int status = atoi(head + 9), version = 0;
    char value[TAG] = "";
    atomic_fetch_add(&statuses[status < 600 ? status : 0], 1);
    atomic_fetch_add(&bytes, length);
    if (status == 404) {
        if (!stood(file, 0, sent)) fault(file, "a 404 though it was there", status, "");
        return;
    }
    if (status == 304 && conditional) {
        version = it->known[file * CODINGS + coding].version;
        if (!stood(file, version, sent)) fault(file, "a 304 for a version that is gone", status, tag);
        return;
    }
    if (status != 200 && !(status == 206 && part)) return fault(file, "another status", status, "");
    int got = 0;
    if (field(head, "Content-Encoding", value, sizeof value)) {
        for (got = CODINGS - 1; got > 0 && strcmp(value, codings[got]); got--) {}
        if (!got || got != coding || status == 206) return fault(file, "a coding that was not asked for", status, value);
    }
    atomic_fetch_add(&coded[got], 1);
    if (got) {
        long plain = decode(got, body, length, it->plain);
        if (plain < 0) return fault(file, "cannot be decoded", status, value);
        body = it->plain;
        length = plain;
    }
    version = version_of(it, file, body, length, status == 206 ? part : 0);
    if (!version) return fault(file, "no whole version", status, body);
    if (!stood(file, version, sent)) return fault(file, "a version that is gone", status, body);
    if (status == 200 && field(head, "ETag", value, sizeof value)) {
        strcpy(tag, value);
        it->known[file * CODINGS + coding].version = version;
    }
}

static void *run(void *number) {
    struct client it = {.seed = 1000003u * ((long)number + 1), .in = malloc(MOST + 65536), .plain = malloc(MOST), .model = malloc(MOST)};
    it.known = calloc((size_t)file_count * CODINGS, sizeof *it.known);
    dial(&it);
    while (atomic_fetch_add(&asked, 1) < wanted) ask(&it);
    close(it.socket);
    return NULL;
}

int main(int count, char **words) {
    if (count != 8) return fprintf(stderr, "churn ROOT PORT FILES CLIENTS REQUESTS CHANGES_PER_SECOND LATE\n"), 64;
    root = words[1];
    port = atoi(words[2]);
    file_count = atoi(words[3]);
    clients = atoi(words[4]);
    wanted = atol(words[5]);
    changes_per_second = atof(words[6]);
    late = atof(words[7]);
    files = calloc(file_count, sizeof *files);
    pthread_t beats;
    pthread_create(&beats, NULL, count_beats, NULL);
    char *body = malloc(MOST), folder[1024];
    for (int line = 0; line < LINES; line++) snprintf(lines[line], LINE + 1, ".rule%04d { color: #%06x; top: 0 }\n", line, line * 7919 % 0xFFFFFF);
    for (int number = 0; number < 17; number++) {
        snprintf(folder, sizeof folder, "%s/dir%d", root, number);
        mkdir(folder, 0755);
    }
    for (int file = 0; file < file_count; file++) {
        pthread_mutex_init(&files[file].lock, NULL);
        put(file, 1, body);
    }
    // What was asked for before it was there is no business of this drill.
    sleep(1);
    pthread_t writer, *threads = calloc(clients, sizeof *threads);
    double began = now(), first = beat();
    pthread_create(&writer, NULL, churn, body);
    for (long number = 0; number < clients; number++) pthread_create(&threads[number], NULL, run, (void *)number);
    for (int number = 0; number < clients; number++) pthread_join(threads[number], NULL);
    double seconds = now() - began, still = seconds - (beat() - first);
    atomic_store(&done, true);
    pthread_join(writer, NULL);
    printf("{\"requests\": %ld, \"seconds\": %.2f, \"still\": %.2f, \"wrong\": %ld, \"changes\": %ld, \"bytes\": %ld, \"statuses\": {", wanted, seconds, still, wrong, changes, bytes);
    const char *comma = "";
    for (int status = 0; status < 600; status++)
        if (statuses[status]) printf("%s\"%d\": %ld", comma, status, statuses[status]), comma = ", ";
    printf("}, \"codings\": {");
    for (int coding = 0; coding < CODINGS; coding++) printf("%s\"%s\": %ld", coding ? ", " : "", codings[coding], coded[coding]);
    printf("}}\n");
    return wrong ? 1 : 0;
}
