#ifndef BASE_ADDR_H
#define BASE_ADDR_H
/* An IP address; IPv4 stands in its IPv6-mapped form (RFC 4291 2.5.5.2), so one table holds both. */
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct addr { uint8_t b[16]; };     /* network order */

enum { ADDR_TEXT_MAX = 46 };

static inline struct addr addr_v4(const uint8_t *four)
{
    struct addr a = { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } };
    memcpy(a.b + 12, four, 4);
    return a;
}

static inline struct addr addr_v6(const uint8_t *sixteen)
{
    struct addr a;
    memcpy(a.b, sixteen, 16);
    return a;
}

static inline bool addr_is_v4(const struct addr *a)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    return memcmp(a->b, mapped, 12) == 0;
}

static inline bool addr_eq(const struct addr *a, const struct addr *b)
{
    return memcmp(a->b, b->b, 16) == 0;
}

/* In the order of addresses as numbers. */
static inline bool addr_before(const struct addr *a, const struct addr *b)
{
    uint64_t x, y;
    memcpy(&x, a->b, 8);
    memcpy(&y, b->b, 8);
    if (x == y) {
        memcpy(&x, a->b + 8, 8);
        memcpy(&y, b->b + 8, 8);
    }
    return be64toh(x) < be64toh(y);
}

/* Writes the usual text (dotted quad; RFC 5952) with a terminating zero; returns its length. */
unsigned addr_text(const struct addr *a, char out[ADDR_TEXT_MAX]);

/* Reads an address in text; false when it is none. */
bool addr_read(const char *text, struct addr *out);

#endif
