#include "cjemalloc.h"

// One arena a core and not four, and memory that nobody wants goes back after half a second and not ten: as small as
// glibc's and smaller under load (ADR 31).
const char *malloc_conf = "narenas_ratio:1,dirty_decay_ms:500,muzzy_decay_ms:0";
