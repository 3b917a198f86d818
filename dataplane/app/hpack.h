#ifndef APP_HPACK_H
#define APP_HPACK_H
/* Header compression of HTTP/2 (RFC 7541), by libnghttp2. All its memory comes from a pool. */
#include "base/cursor.h"
#include "base/pool.h"

struct hpack;

/* One header; both spans are good during the call only. */
typedef void hpack_fn(void *ctx, struct span name, struct span value);

enum hpack_result { HPACK_OK, HPACK_BAD, HPACK_NO_MEMORY };

/* The state of one direction, with a table of 4096 bytes; NULL when the pool is spent. */
struct hpack *hpack_open(struct pool *pool);
void hpack_close(struct hpack *h);      /* NULL is allowed */

/* Bytes of a header block, which may come in pieces of any size; `last` with its last piece (which
 * may be empty). After anything but HPACK_OK only hpack_close is left. */
enum hpack_result hpack_feed(struct hpack *h, struct span bytes, bool last, hpack_fn *emit, void *ctx);

/* The receiver allows a table of that many bytes, from the next block on. Smaller than before: ignored,
 * because nobody can see when the sender learns of it, and it says so when it shrinks its table. */
void hpack_allow(struct hpack *h, uint32_t table_max);

#endif
