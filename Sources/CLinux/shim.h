// fstatfs, which the C library's module leaves out.
#include <sys/vfs.h>
