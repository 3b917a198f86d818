#ifndef APP_INFLATE_H
#define APP_INFLATE_H
/* Decompression of gzip and deflate bodies (RFC 1950 to 1952) by ISA-L. A decompressor's state is 90 KiB,
 * too much for each flow: so a body's compressed bytes are kept, and the whole prefix is inflated
 * again whenever it has doubled. One inflater per worker serves all flows. */
#include "app/http1_head.h"

struct inflater;

/* Output never exceeds out_max bytes. NULL when there is no memory. */
struct inflater *inflater_open(size_t out_max);
void inflater_close(struct inflater *z);

enum inflate_status {
    INFLATE_MORE,       /* the input ends before the compressed data does */
    INFLATE_END,
    INFLATE_FULL,       /* out_max reached: no use in going on */
    INFLATE_BAD,        /* not that format, or broken; `out` has what came before */
};

/* Decodes a body from its beginning, codings in the order they were applied (at most two). *out is
 * good until the next call. */
enum inflate_status inflate_body(struct inflater *z, const uint8_t coding[2], struct span in,
                                 size_t out_max, struct span *out);

#endif
