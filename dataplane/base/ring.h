#ifndef BASE_RING_H
#define BASE_RING_H
/* A byte ring from one producer to one consumer, without locks. It holds records of varying size,
 * each contiguous and 8-byte aligned. The memory behind it is shared with children that are forked
 * later and has no pointers in it; the consumer trusts nothing that it reads there and takes records
 * out by copy. Being full is normal: the record is lost and counted. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* `room`: bytes, a power of two, 128 KiB at least. NULL when the system has no memory. */
struct ring *ring_open(size_t room);
void ring_close(struct ring *r);

/* The bytes that are shared, for tests that play a broken producer. */
void *ring_memory(struct ring *r, size_t *n);

/* ---- the producer ---- */

/* Room for a record of at most n bytes, n at most a quarter of the ring; NULL, counted, when full. */
uint8_t *ring_claim(struct ring *r, size_t n);

/* Hands over the first `used` of the bytes claimed. Nothing is visible before that. */
void ring_commit(struct ring *r, size_t used);

/* A record that was given up for another reason is counted too. */
void ring_lost(struct ring *r);

/* ---- the consumer ---- */

enum { RING_EMPTY = 0 };

/* Copies the oldest record out and returns its length; RING_EMPTY when there is none. A record
 * longer than `max`, and a ring that makes no sense, is skipped and counted in ring_torn. */
size_t ring_take(struct ring *r, void *out, size_t max);

uint64_t ring_dropped(const struct ring *r);    /* records; either side may ask */
uint64_t ring_torn(const struct ring *r);
bool ring_is_empty(const struct ring *r);

#endif
