#ifndef BASE_POOL_H
#define BASE_POOL_H
/* Buffers of varying size for the packet path, out of one region that is reserved at start-up: its
 * size is the budget, and pages cost memory only once they are touched. Sizes are rounded up to a
 * power of two from 64 bytes to 64 KiB. Not thread-safe: each worker has its own. */
#include <stddef.h>
#include <stdint.h>

enum { POOL_MIN = 64, POOL_MAX = 65536 };

struct pool;

/* Reserves `budget` bytes (rounded up to 256 KiB). NULL when the system has no room. */
struct pool *pool_open(size_t budget);
void pool_close(struct pool *p);

/* A buffer of at least n bytes, not zeroed, 16-byte aligned; NULL when n > POOL_MAX or the budget
 * is spent (which pool_refused counts). */
void *pool_take(struct pool *p, size_t n);

/* Gives back what pool_take gave; NULL is allowed. */
void pool_give(struct pool *p, void *buffer);

/* How many bytes a buffer really holds. */
size_t pool_room(const struct pool *p, const void *buffer);

/* A buffer of at least n bytes that begins with the first `used` bytes of `buffer` (which is given
 * back when it moves, and may be NULL). NULL when there is no room; then `buffer` is untouched. */
void *pool_grow(struct pool *p, void *buffer, size_t used, size_t n);

size_t pool_room_total(const struct pool *p);    /* bytes reserved */
size_t pool_in_use(const struct pool *p);       /* bytes */
uint64_t pool_refused(const struct pool *p);    /* calls of pool_take */

#endif
