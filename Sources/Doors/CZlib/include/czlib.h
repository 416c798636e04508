#ifndef SLIPWAY_CZLIB_H
#define SLIPWAY_CZLIB_H

#include <stddef.h>
#include <stdint.h>

/// How an inflation ended.
enum {
    SLIPWAY_INFLATE_OK = 0,
    SLIPWAY_INFLATE_BAD = 1,
    SLIPWAY_INFLATE_TOO_LARGE = 2,
    SLIPWAY_INFLATE_NO_MEMORY = 3
};

/// Inflates `input` into a buffer that the caller frees with `free`. `window_bits` is zlib's: 31 for gzip, 15 for a
/// zlib stream, -15 for raw deflate. Never more than `limit` bytes are made.
int slipway_inflate(const uint8_t *input, size_t count, int window_bits, size_t limit, uint8_t **output, size_t *made);

#endif
