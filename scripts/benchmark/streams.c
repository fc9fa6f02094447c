// Downloads of large bodies over kept connections, again and again. Bytes are dropped in the kernel, so that the client does
// not become what is measured. One thread, epoll. Built at run time by servers.py.
//
//   streams PORT PATH CONNECTIONS SECONDS    prints: MiB received, MiB per second, bodies received whole
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 4096, PIECE = 1 << 20 };

struct connection {
    int socket;
    // The body's bytes that are still to come.
    long left;
};

static char request[1024];
static size_t request_length;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "streams: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void ask(struct connection *c) {
    if (write(c->socket, request, request_length) != (ssize_t)request_length) die("write");
}

static struct connection *dial(int poll, const char *port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct connection *c = calloc(1, sizeof *c);
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c->socket, (void *)&to, sizeof to) < 0) die("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, c->socket, &event) < 0) die("epoll_ctl");
    ask(c);
    return c;
}

// Takes the head off the socket, nothing behind it. 0 while it is not there whole.
static int take_head(struct connection *c) {
    char bytes[HEAD + 1];
    ssize_t got = recv(c->socket, bytes, HEAD, MSG_PEEK);
    if (got <= 0) die("the server closed");
    bytes[got] = 0;
    char *end = memmem(bytes, got, "\r\n\r\n", 4);
    if (!end) {
        if (got == HEAD) die("the head is too long");
        return 0;
    }
    *end = 0;
    char *length = strcasestr(bytes, "\r\ncontent-length:");
    if (strncmp(bytes, "HTTP/1.1 200", 12) || !length) die("no 200 with a length");
    c->left = atol(length + 17);
    size_t head = end + 4 - bytes;
    return recv(c->socket, bytes, head, 0) == (ssize_t)head;
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "usage: streams PORT PATH CONNECTIONS SECONDS\n");
        return 64;
    }
    int poll = epoll_create1(0);
    double seconds = atof(words[4]);
    size_t received = 0, whole = 0;
    request_length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", words[2]);
    for (int i = 0; i < atoi(words[3]); i++) dial(poll, words[1]);
    double began = now(), end = began + seconds;
    while (now() < end) {
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, 100);
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->left == 0 && !take_head(c)) continue;
            // Of an empty socket the next round tells.
            ssize_t got = recv(c->socket, NULL, c->left < PIECE ? c->left : PIECE, MSG_TRUNC | MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) continue;
            if (got <= 0) die("a body was cut");
            received += got;
            c->left -= got;
            if (c->left > 0) continue;
            whole++;
            ask(c);
        }
    }
    double mib = received / 1048576.0;
    printf("%.1f %.1f %zu\n", mib, mib / (now() - began), whole);
    return 0;
}
