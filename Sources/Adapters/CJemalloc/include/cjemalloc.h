#ifndef SLIPWAY_CJEMALLOC_H
#define SLIPWAY_CJEMALLOC_H

/// What jemalloc reads when the process starts, under the name that it looks for; MALLOC_CONF in the environment adds to it.
extern const char *malloc_conf;

#endif
