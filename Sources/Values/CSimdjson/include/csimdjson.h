// The smallest C surface over simdjson's DOM: parse once, then Swift walks the tape itself.
#ifndef SLIPWAY_CSIMDJSON_H
#define SLIPWAY_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct slipway_json_parser slipway_json_parser;

/// Makes a parser that refuses documents over `max_bytes` or nested deeper than `max_depth`.
slipway_json_parser *slipway_json_parser_new(size_t max_bytes, size_t max_depth);
void slipway_json_parser_free(slipway_json_parser *parser);

/// Parses `length` bytes (copied and padded). Returns 0, or simdjson's error code.
int slipway_json_parse(slipway_json_parser *parser, const uint8_t *bytes, size_t length);
const char *slipway_json_error_message(int code);

/// The tape and the string buffer of the last parsed document; valid until the next parse.
const uint64_t *slipway_json_tape(const slipway_json_parser *parser);
const uint8_t *slipway_json_strings(const slipway_json_parser *parser);

#ifdef __cplusplus
}
#endif
#endif
