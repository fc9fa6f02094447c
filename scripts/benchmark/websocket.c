// A WebSocket echo server, the load for it, and a relay between them that knows nothing of WebSockets; all as cheap as can be: one
// thread, epoll, fixed frames of 128 bytes. Built at run time by servers.py.
//
//   websocket echo PORT
//   websocket relay PORT BACKEND-PORT
//   websocket load PORT PATH CONNECTIONS SECONDS    prints: messages, messages per second, p50 and p99 in microseconds
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAYLOAD = 128, SENT = PAYLOAD + 8, RECEIVED = PAYLOAD + 4, ROOM = 16384, SAMPLES = 8000000 };

struct connection {
    int socket, is_open;
    struct connection *partner;
    size_t count;
    double sent_at;
    unsigned char bytes[ROOM];
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "websocket: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct sockaddr_in address(const char *port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return a;
}

static void watch(int poll, struct connection *c) {
    // The relay hears of everything once: it reads all there is, as no message is larger than its memory.
    struct epoll_event event = {.events = c->partner ? EPOLLIN | EPOLLET | EPOLLRDHUP : EPOLLIN, .data.ptr = c};
    int yes = 1;
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &event) < 0) die("epoll_ctl");
}

// Frames and answers are far smaller than a socket's buffer: a short write is a fault.
static void write_all(int socket, const void *bytes, size_t count) {
    if (write(socket, bytes, count) != (ssize_t)count) die("write");
}

static int fill(struct connection *c) {
    ssize_t got = read(c->socket, c->bytes + c->count, ROOM - c->count - 1);
    if (got <= 0) return 0;
    c->count += got;
    return 1;
}

static void drop(struct connection *c, size_t count) {
    memmove(c->bytes, c->bytes + count, c->count - count);
    c->count -= count;
}

// The length of the head at the start of the bytes, 0 while it is not there whole.
static size_t head_length(struct connection *c) {
    unsigned char *end = memmem(c->bytes, c->count, "\r\n\r\n", 4);
    return end ? end + 4 - c->bytes : 0;
}

static void greet(struct connection *c) {
    size_t length = head_length(c);
    if (!length) return;
    c->bytes[length - 1] = 0;
    if (strcasestr((char *)c->bytes, "\r\nupgrade: websocket")) {
        // The answer to the one key that the load sends.
        const char *answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        write_all(c->socket, answer, strlen(answer));
        c->is_open = 1;
    } else {
        const char *answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        write_all(c->socket, answer, strlen(answer));
    }
    drop(c, length);
}

static void answer_frames(struct connection *c) {
    while (c->count >= SENT) {
        unsigned char out[RECEIVED] = {c->bytes[0], 126, 0, PAYLOAD};
        for (int i = 0; i < PAYLOAD; i++) out[4 + i] = c->bytes[8 + i] ^ c->bytes[4 + (i & 3)];
        write_all(c->socket, out, RECEIVED);
        drop(c, SENT);
    }
}

static void open_door(int poll, struct connection *door, const char *port) {
    int yes = 1;
    struct sockaddr_in at = address(port);
    door->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(door->socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door->socket, (void *)&at, sizeof at) < 0 || listen(door->socket, 1024) < 0) die("listen");
    watch(poll, door);
}

static struct connection *welcome(struct connection *door) {
    struct connection *fresh = calloc(1, sizeof *fresh);
    fresh->socket = accept(door->socket, NULL, NULL);
    if (fresh->socket < 0) die("accept");
    return fresh;
}

static int echo(const char *port) {
    int poll = epoll_create1(0);
    struct connection door = {0};
    open_door(poll, &door, port);
    for (;;) {
        struct epoll_event events[64];
        int count = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == &door) {
                watch(poll, welcome(&door));
            } else if (!fill(c)) {
                close(c->socket);
                free(c);
            } else if (c->is_open) {
                answer_frames(c);
            } else {
                greet(c);
            }
        }
    }
}

static void pair(int poll, struct connection *client, const char *backend) {
    struct sockaddr_in to = address(backend);
    struct connection *server = calloc(1, sizeof *server);
    server->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server->socket, (void *)&to, sizeof to) < 0) die("connect");
    server->partner = client;
    client->partner = server;
    watch(poll, client);
    watch(poll, server);
}

// The partner hears of it, and leaves then.
static void leave(struct connection *c) {
    close(c->socket);
    c->socket = -1;
    if (c->partner->socket >= 0) {
        shutdown(c->partner->socket, SHUT_RDWR);
    } else {
        free(c->partner);
        free(c);
    }
}

// What no relay can do without, and nothing else.
static int relay(const char *port, const char *backend) {
    int poll = epoll_create1(0);
    struct connection door = {0};
    open_door(poll, &door, port);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == &door) {
                pair(poll, welcome(&door), backend);
                continue;
            }
            ssize_t got = recv(c->socket, c->bytes, ROOM, MSG_DONTWAIT);
            if (got > 0) {
                if (send(c->partner->socket, c->bytes, got, MSG_DONTWAIT | MSG_NOSIGNAL) != got) die("send");
            } else if (got == 0 || errno != EAGAIN) {
                leave(c);
            }
        }
    }
}

static void say(struct connection *c) {
    static unsigned char frame[SENT] = {0x82, 0x80 | 126, 0, PAYLOAD, 1, 2, 3, 4};
    c->sent_at = now();
    write_all(c->socket, frame, SENT);
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static struct connection *dial(int poll, const char *port, const char *path) {
    struct sockaddr_in to = address(port);
    struct connection *c = calloc(1, sizeof *c);
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->socket, (void *)&to, sizeof to) < 0) die("connect");
    dprintf(c->socket,
            "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path);
    while (!head_length(c))
        if (!fill(c)) die("handshake");
    if (memcmp(c->bytes, "HTTP/1.1 101", 12)) die("no 101");
    drop(c, head_length(c));
    watch(poll, c);
    return c;
}

static int load(const char *port, const char *path, int connections, double seconds) {
    int poll = epoll_create1(0);
    float *samples = malloc(SAMPLES * sizeof *samples);
    size_t messages = 0;
    for (int i = 0; i < connections; i++) say(dial(poll, port, path));
    double began = now(), end = began + seconds;
    while (now() < end) {
        struct epoll_event events[64];
        int count = epoll_wait(poll, events, 64, 100);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (!fill(c)) die("the server closed");
            if (c->count < RECEIVED) continue;
            if (c->bytes[0] != 0x82 || c->bytes[1] != 126 || c->bytes[3] != PAYLOAD) die("not the echo");
            samples[messages++ % SAMPLES] = (now() - c->sent_at) * 1e6;
            drop(c, RECEIVED);
            say(c);
        }
    }
    size_t count = messages < SAMPLES ? messages : SAMPLES;
    if (!count) die("no message came back");
    qsort(samples, count, sizeof *samples, ascending);
    printf("%zu %.1f %.1f %.1f\n", messages, messages / (now() - began), samples[count / 2], samples[count * 99 / 100]);
    return 0;
}

int main(int count, char **words) {
    if (count == 3 && !strcmp(words[1], "echo")) return echo(words[2]);
    if (count == 6 && !strcmp(words[1], "load")) return load(words[2], words[3], atoi(words[4]), atof(words[5]));
    if (count == 4 && !strcmp(words[1], "relay")) return relay(words[2], words[3]);
    fprintf(stderr, "usage: websocket echo PORT | relay PORT BACKEND-PORT | load PORT PATH CONNECTIONS SECONDS\n");
    return 64;
}
