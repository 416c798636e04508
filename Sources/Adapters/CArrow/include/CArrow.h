// SPDX-License-Identifier: Apache-2.0
// Memory layouts, written for Slipway from the published specifications: the Arrow C data interface, the Arrow C
// stream interface, and version 1.0.0 of the ADBC driver table. Only layouts are here; no code is linked.
#ifndef SLIPWAY_CARROW_H
#define SLIPWAY_CARROW_H

#include <stddef.h>
#include <stdint.h>

// Arrow C data interface. The guards keep this header compatible with any other that declares the same layouts.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

// ADBC. Each handle is two words that belong to the driver.
struct SlipwayAdbcHandle {
    void *private_data;
    void *private_driver;
};

// The last two words exist since ADBC 1.1.0; they are here so that a newer driver has room for them.
struct SlipwayAdbcError {
    char *message;
    int32_t vendor_code;
    char sqlstate[5];
    void (*release)(struct SlipwayAdbcError *);
    void *private_data;
    void *private_driver;
};

typedef uint8_t SlipwayAdbcStatus;
typedef struct SlipwayAdbcError *SlipwayAdbcErrorPointer;
typedef struct SlipwayAdbcHandle *SlipwayAdbcHandlePointer;

// A slot of the table that Slipway never calls.
typedef void (*SlipwayAdbcUnused)(void);

struct SlipwayAdbcDriver {
    void *private_data;
    void *private_manager;
    SlipwayAdbcStatus (*release)(struct SlipwayAdbcDriver *, SlipwayAdbcErrorPointer);

    SlipwayAdbcStatus (*database_init)(SlipwayAdbcHandlePointer, SlipwayAdbcErrorPointer);
    SlipwayAdbcStatus (*database_new)(SlipwayAdbcHandlePointer, SlipwayAdbcErrorPointer);
    SlipwayAdbcStatus (*database_set_option)(SlipwayAdbcHandlePointer, const char *, const char *,
                                             SlipwayAdbcErrorPointer);
    SlipwayAdbcStatus (*database_release)(SlipwayAdbcHandlePointer, SlipwayAdbcErrorPointer);

    SlipwayAdbcUnused connection_commit;
    SlipwayAdbcUnused connection_get_info;
    SlipwayAdbcUnused connection_get_objects;
    SlipwayAdbcUnused connection_get_table_schema;
    SlipwayAdbcUnused connection_get_table_types;
    SlipwayAdbcStatus (*connection_init)(SlipwayAdbcHandlePointer, SlipwayAdbcHandlePointer database,
                                         SlipwayAdbcErrorPointer);
    SlipwayAdbcStatus (*connection_new)(SlipwayAdbcHandlePointer, SlipwayAdbcErrorPointer);
    SlipwayAdbcUnused connection_set_option;
    SlipwayAdbcUnused connection_read_partition;
    SlipwayAdbcStatus (*connection_release)(SlipwayAdbcHandlePointer, SlipwayAdbcErrorPointer);
    SlipwayAdbcUnused connection_rollback;

    SlipwayAdbcStatus (*statement_bind)(SlipwayAdbcHandlePointer, struct ArrowArray *, struct ArrowSchema *,
                                        SlipwayAdbcErrorPointer);
    SlipwayAdbcUnused statement_bind_stream;
    SlipwayAdbcStatus (*statement_execute_query)(SlipwayAdbcHandlePointer, struct ArrowArrayStream *,
                                                 int64_t *rows_affected, SlipwayAdbcErrorPointer);
    SlipwayAdbcUnused statement_execute_partitions;
    SlipwayAdbcUnused statement_get_parameter_schema;
    SlipwayAdbcStatus (*statement_new)(SlipwayAdbcHandlePointer connection, SlipwayAdbcHandlePointer,
                                       SlipwayAdbcErrorPointer);
    SlipwayAdbcUnused statement_prepare;
    SlipwayAdbcStatus (*statement_release)(SlipwayAdbcHandlePointer, SlipwayAdbcErrorPointer);
    SlipwayAdbcStatus (*statement_set_option)(SlipwayAdbcHandlePointer, const char *key, const char *value,
                                              SlipwayAdbcErrorPointer);
    SlipwayAdbcStatus (*statement_set_sql_query)(SlipwayAdbcHandlePointer, const char *, SlipwayAdbcErrorPointer);
    SlipwayAdbcUnused statement_set_substrait_plan;

    // Room for the entries that ADBC 1.1.0 added, should a driver fill them in unasked.
    SlipwayAdbcUnused later_versions[64];
};

// The number that asks a driver for the table above.
enum { SLIPWAY_ADBC_VERSION_1_0_0 = 1000000 };

// How a driver library is entered.
typedef SlipwayAdbcStatus (*SlipwayAdbcInitialize)(int version, void *driver, SlipwayAdbcErrorPointer);

#endif
