#ifndef REASM_SEGMENT_H
#define REASM_SEGMENT_H
/* What arrived ahead of its turn: a list in order of sequence number, without overlaps. Of bytes
 * that come twice with different contents the first ones stay (first wins). */
#include "base/cursor.h"
#include "base/pool.h"
#include "flow/flow.h"

struct segment {
    struct segment *next, *last;    /* last: only in the head of the list */
    uint32_t seq, len;
    uint8_t bytes[];
};

enum { SEGMENT_MAX = POOL_MAX - (int)sizeof(struct segment), SEGMENTS_MAX = 4096 };

/* Keeps the parts of `data` that no held segment covers. False when there was no memory for all of
 * it, or the list is at SEGMENTS_MAX. `clashes` grows by the bytes that came again but differ. */
bool segment_hold(struct stream *s, struct pool *pool, uint32_t seq, struct span data,
                  uint64_t *clashes);

/* Takes the first segment off the list; the caller gives it back to the pool. */
struct segment *segment_pop(struct stream *s);

/* Gives all of them back. */
void segment_drop_all(struct stream *s, struct pool *pool);

#endif
