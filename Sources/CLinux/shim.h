// What the C library's module leaves out: fstatfs, getauxval and what it leads to, splice and its pipes. No feature macro may be
// defined here: types that both modules know would differ. What stands behind one is declared here again.
#include <elf.h>
#include <sys/auxv.h>
#include <sys/types.h>
#include <sys/vfs.h>

extern ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t count, unsigned int flags);
extern int pipe2(int ends[2], int flags);

enum {
    PORTICO_SPLICE_MOVE = 1,
    PORTICO_SPLICE_NONBLOCK = 2,
    PORTICO_SET_PIPE_SIZE = 1031,
};
