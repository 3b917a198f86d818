#ifndef BASE_HASH_H
#define BASE_HASH_H
/* Keyed hashing: SipHash-1-3 (Aumasson and Bernstein, 2012), so that nobody who can't read the key
 * can choose inputs that fall together. */
#include <stddef.h>
#include <stdint.h>

struct hash_key { uint64_t k0, k1; };

/* A key from the kernel's random source; drawn once at start. */
struct hash_key hash_key_draw(void);

uint64_t hash_bytes(struct hash_key key, const void *data, size_t n);

/* A fixed, unkeyed key for tables that are built from trusted lists and kept in files. */
#define HASH_KEY_FIXED ((struct hash_key){ 0x6578636973656421ULL, 0x7461626c65732e31ULL })

#endif
