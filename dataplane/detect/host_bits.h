#ifndef DETECT_HOST_BITS_H
#define DETECT_HOST_BITS_H
/* Bits that rules set on a host, or on a pair of hosts, for a time: xbits and hostbits. The flows of
 * one host are spread over all workers, so they share one table; each entry is a word of its own, and
 * nobody waits. The table has a fixed size: in a full bucket the entry that ends first gives way. */
#include "base/addr.h"
#include "base/hash.h"

#include <stdatomic.h>
#include <stdbool.h>

struct host_bits { struct hash_key key; _Atomic uint64_t *slots; };

/* Whose bit it is. A pair is the same in both directions. */
struct host_bit { uint32_t name; const struct addr *a, *b; };   /* hash of the name; b NULL: one host */

int host_bits_open(struct host_bits *h);        /* -1: no memory */
void host_bits_close(struct host_bits *h);

/* `now_s`: seconds of packet time. */
bool host_bits_are_set(const struct host_bits *h, struct host_bit bit, uint32_t now_s);
void host_bits_set(struct host_bits *h, struct host_bit bit, uint32_t now_s, uint32_t seconds);
void host_bits_clear(struct host_bits *h, struct host_bit bit);

#endif
