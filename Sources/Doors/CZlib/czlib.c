#include "czlib.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int slipway_inflate(const uint8_t *input, size_t count, int window_bits, size_t limit, uint8_t **output, size_t *made) {
    *output = NULL;
    *made = 0;
    if (count == 0 || count > UINT32_MAX || limit > UINT32_MAX) return SLIPWAY_INFLATE_BAD;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, window_bits) != Z_OK) return SLIPWAY_INFLATE_NO_MEMORY;
    // One byte over the limit is enough to know that there is too much.
    size_t size = 64 * 1024 < limit + 1 ? 64 * 1024 : limit + 1;
    uint8_t *buffer = malloc(size);
    int outcome = buffer == NULL ? SLIPWAY_INFLATE_NO_MEMORY : SLIPWAY_INFLATE_OK;
    size_t filled = 0;
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)count;
    int is_done = 0;
    while (outcome == SLIPWAY_INFLATE_OK && !is_done) {
        if (filled == size) {
            if (size > limit) {
                outcome = SLIPWAY_INFLATE_TOO_LARGE;
                break;
            }
            size_t larger = size * 2 < limit + 1 ? size * 2 : limit + 1;
            uint8_t *grown = realloc(buffer, larger);
            if (grown == NULL) {
                outcome = SLIPWAY_INFLATE_NO_MEMORY;
                break;
            }
            buffer = grown;
            size = larger;
        }
        stream.next_out = buffer + filled;
        stream.avail_out = (uInt)(size - filled);
        int code = inflate(&stream, Z_NO_FLUSH);
        filled = size - stream.avail_out;
        if (code == Z_STREAM_END) {
            // A gzip file may have several members, one after the other.
            if (window_bits > 15 && stream.avail_in > 0) {
                if (inflateReset(&stream) != Z_OK) outcome = SLIPWAY_INFLATE_BAD;
            } else {
                is_done = 1;
            }
        } else if (code != Z_OK && !(code == Z_BUF_ERROR && stream.avail_out == 0)) {
            outcome = SLIPWAY_INFLATE_BAD;
        }
    }
    inflateEnd(&stream);
    if (outcome == SLIPWAY_INFLATE_OK && filled > limit) outcome = SLIPWAY_INFLATE_TOO_LARGE;
    if (outcome != SLIPWAY_INFLATE_OK) {
        free(buffer);
        return outcome;
    }
    *output = buffer;
    *made = filled;
    return SLIPWAY_INFLATE_OK;
}
