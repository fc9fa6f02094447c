// What the C library's module leaves out: fstatfs, getauxval and what it leads to. No feature macro may be defined here: types
// that both modules know would differ.
#include <elf.h>
#include <sys/auxv.h>
#include <sys/vfs.h>
