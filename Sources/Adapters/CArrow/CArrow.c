// SPDX-License-Identifier: Apache-2.0
// A C target needs one source file; everything else is in the header.
#include "CArrow.h"
