#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H
/* What every unit test needs: cmocka by one door, claims, and exact-size copies of input, so that
 * the address sanitizer sees a read one byte too far. */
#include "base/cursor.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#define CHECK(claim) _assert_true((claim) ? 1 : 0, #claim, __FILE__, __LINE__)

/* The first n bytes of s in a heap block of exactly that size. */
static inline struct span exact_copy(struct span s, size_t n)
{
    uint8_t *p = malloc(n > 0 ? n : 1);
    memcpy(p, s.p, n);
    return (struct span){ p, n };
}

static inline void exact_free(struct span s)
{
    free((void *)(uintptr_t)s.p);
}

#endif
