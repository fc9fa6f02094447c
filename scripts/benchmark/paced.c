// GET requests at a constant rate over kept connections, whatever the answers' pace: a request is due at its time, and its
// latency counts from then, be it sent late because all connections were busy. Closed loops (wrk, h2load) leave out what
// would have come while a server stood still. One thread, epoll. Built at run time by servers.py.
//
//   paced PORT PATH CONNECTIONS RATE SECONDS    prints: answered, answered per second, p50 and p99 in microseconds, unanswered
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 65536, PATIENCE = 2 };

struct connection {
    int socket;
    // When the request under way was due; 0: none is.
    double due;
    // The body's bytes that are still to come; -1 within the head.
    long left;
    size_t count;
    char bytes[ROOM];
};

static char request[1024];
static size_t request_length;
static struct connection **all, **idle;
static int all_count, idle_count;
static double *samples;
static size_t answered;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "paced: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void dial(int poll, const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct connection *c = calloc(1, sizeof *c);
    int yes = 1;
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->socket, (void *)&to, sizeof to) < 0) die("connect");
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &event) < 0) die("epoll_ctl");
    all[all_count++] = idle[idle_count++] = c;
}

static void ask(double due) {
    struct connection *c = idle[--idle_count];
    c->due = due;
    c->left = -1;
    if (write(c->socket, request, request_length) != (ssize_t)request_length) die("write");
}

// Looks at the head once it is there whole; 1 when the answer is complete.
static int advance(struct connection *c) {
    size_t body = c->count;
    if (c->left < 0) {
        char *end = memmem(c->bytes, c->count, "\r\n\r\n", 4);
        if (!end) {
            if (c->count == ROOM) die("the head is too long");
            return 0;
        }
        *end = 0;
        if (strncmp(c->bytes, "HTTP/1.1 200", 12)) die("the answer is no 200");
        char *length = strcasestr(c->bytes, "\r\ncontent-length:");
        if (!length || strcasestr(c->bytes, "\r\nconnection: close")) die("no length, or no kept connection");
        c->left = atol(length + 17);
        body = c->bytes + c->count - (end + 4);
    }
    c->left -= body;
    c->count = 0;
    if (c->left < 0) die("more than was asked for");
    return c->left == 0;
}

static void receive(struct connection *c) {
    ssize_t got = read(c->socket, c->bytes + c->count, ROOM - c->count);
    if (got <= 0 || c->due == 0) die("the server closed or spoke unasked");
    c->count += got;
    if (!advance(c)) return;
    samples[answered++] = (now() - c->due) * 1e6;
    c->due = 0;
    idle[idle_count++] = c;
}

static void wait_until(int poll, double until) {
    struct epoll_event events[256];
    double left = until - now();
    if (left < 0) left = 0;
    struct timespec patience = {left, (left - (long)left) * 1e9};
    int count = epoll_pwait2(poll, events, 256, &patience, NULL);
    for (int i = 0; i < count; i++) receive(events[i].data.ptr);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **words) {
    if (count != 6) {
        fprintf(stderr, "usage: paced PORT PATH CONNECTIONS RATE SECONDS\n");
        return 64;
    }
    int connections = atoi(words[3]), poll = epoll_create1(0);
    double rate = atof(words[4]), seconds = atof(words[5]);
    size_t total = rate * seconds, sent = 0;
    if (connections < 1 || total < 1) die("nothing to do");
    // The kernel may wake us as late as 50 us otherwise.
    prctl(PR_SET_TIMERSLACK, 1);
    request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", words[2]);
    all = calloc(connections, sizeof *all);
    idle = calloc(connections, sizeof *idle);
    samples = calloc(total, sizeof *samples);
    for (int i = 0; i < connections; i++) dial(poll, words[1]);
    double began = now(), time = began;
    while (answered < total && time < began + seconds + PATIENCE) {
        for (; sent < total && idle_count > 0 && began + sent / rate <= time; sent++) ask(began + sent / rate);
        double next = sent < total && idle_count > 0 ? began + sent / rate : time + 0.1;
        wait_until(poll, next);
        time = now();
    }
    size_t within = answered;
    double elapsed = time - began;
    if (!answered) die("no request was answered");
    // What has no answer yet has waited so long at least.
    for (int i = 0; i < all_count; i++)
        if (all[i]->due > 0) samples[answered++] = (time - all[i]->due) * 1e6;
    for (; sent < total; sent++) samples[answered++] = (time - (began + sent / rate)) * 1e6;
    qsort(samples, total, sizeof *samples, ascending);
    printf("%zu %.1f %.1f %.1f %zu\n", within, within / elapsed, samples[total / 2], samples[total * 99 / 100], total - within);
    return 0;
}
