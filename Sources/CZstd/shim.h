// For ZSTD_createCCtx_advanced, which every libzstd since 0.8 exports.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>
