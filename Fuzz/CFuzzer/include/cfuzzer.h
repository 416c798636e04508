// The one function of libFuzzer that a program with a `main` of its own calls.
#ifndef SLIPWAY_CFUZZER_H
#define SLIPWAY_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one_input)(const uint8_t *data, size_t size));

#endif
