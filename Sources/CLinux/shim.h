// What the C library's module leaves out: epoll, fstatfs, getauxval and what it leads to, splice and its pipes. No feature macro may be
// defined here: types that both modules know would differ. What stands behind one is declared here again.
#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/vfs.h>

extern ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t count, unsigned int flags);
extern int pipe2(int ends[2], int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int accept4(int listener, struct sockaddr *peer, socklen_t *length, int flags);

enum {
    PORTICO_SPLICE_MOVE = 1,
    PORTICO_SPLICE_NONBLOCK = 2,
    PORTICO_SET_PIPE_SIZE = 1031,
};
