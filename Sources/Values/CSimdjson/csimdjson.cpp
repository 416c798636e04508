#include "csimdjson.h"
#include <new>
#include <simdjson.h>

struct slipway_json_parser {
    simdjson::dom::parser parser;
    size_t max_depth;
    slipway_json_parser(size_t max_bytes, size_t depth) : parser(max_bytes), max_depth(depth) {}
};

extern "C" slipway_json_parser *slipway_json_parser_new(size_t max_bytes, size_t max_depth) {
    return new (std::nothrow) slipway_json_parser(max_bytes, max_depth);
}

extern "C" void slipway_json_parser_free(slipway_json_parser *parser) { delete parser; }

extern "C" int slipway_json_parse(slipway_json_parser *parser, const uint8_t *bytes, size_t length) {
    // Capacity and depth are set here because simdjson grows to a default depth of 1,024 by itself.
    size_t capacity = parser->parser.capacity();
    if (capacity < length || parser->parser.max_depth() != parser->max_depth) {
        if (length > parser->parser.max_capacity()) return simdjson::CAPACITY;
        size_t wanted = capacity < length ? length : capacity;
        if (auto error = parser->parser.allocate(wanted, parser->max_depth)) return error;
    }
    return parser->parser.parse(bytes, length, true).error();
}

extern "C" const char *slipway_json_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

extern "C" const uint64_t *slipway_json_tape(const slipway_json_parser *parser) {
    return parser->parser.doc.tape.get();
}

extern "C" const uint8_t *slipway_json_strings(const slipway_json_parser *parser) {
    return parser->parser.doc.string_buf.get();
}
