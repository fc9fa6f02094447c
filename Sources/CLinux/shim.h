// What the C library's module leaves out: fstatfs, dl_iterate_phdr.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <link.h>
#include <sys/vfs.h>
