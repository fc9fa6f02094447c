// malloc_trim, which the C library's module leaves out.
#include <malloc.h>
