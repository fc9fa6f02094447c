// What the hot path needs and Swift has no name for.
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>

/// Asks for `lines` lines of 64 bytes from `start` on, to be there soon; needs no permission to read them.
static inline __attribute__((always_inline)) void portico_prefetch(const void *start, int lines) {
    for (int line = 0; line < lines; line++) __builtin_prefetch((const char *)start + 64 * line);
}

// System calls past the C library's own functions: those are points at which a thread may be cancelled, and in a process of several
// threads each call pays for that twice. Nobody cancels threads here. They set errno as those do.
extern long syscall(long number, ...);

static inline ssize_t portico_recv(int socket, void *into, size_t count) {
    return syscall(SYS_recvfrom, socket, into, count, 0, NULL, NULL);
}

static inline ssize_t portico_send(int socket, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, socket, bytes, count, flags, NULL, 0);
}

/// `message` is a msghdr.
static inline ssize_t portico_sendmsg(int socket, const void *message, int flags) {
    return syscall(SYS_sendmsg, socket, message, flags);
}

static inline int portico_epoll_wait(int poll, struct epoll_event *events, int most, int milliseconds) {
#ifdef SYS_epoll_wait
    return (int)syscall(SYS_epoll_wait, poll, events, most, milliseconds);
#else
    return (int)syscall(SYS_epoll_pwait, poll, events, most, milliseconds, NULL, 8);
#endif
}
