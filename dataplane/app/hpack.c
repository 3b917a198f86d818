/* The only file that knows libnghttp2. */
#include "app/hpack.h"

#include <nghttp2/nghttp2.h>

enum { TABLE_DEFAULT = 4096 };      /* RFC 9113 6.5.2 */

struct hpack {
    nghttp2_mem mem;                /* the inflater keeps a pointer to it */
    nghttp2_hd_inflater *inflater;
    struct pool *pool;
    uint32_t table_max, allowed;    /* bytes: known to the inflater; known to us */
    bool in_block;
};

static void *take(size_t n, void *pool) { return pool_take(pool, n); }
static void give(void *p, void *pool) { pool_give(pool, p); }

static void *take_zeroed(size_t n, size_t size, void *pool)
{
    if (size > 0 && n > POOL_MAX / size)
        return NULL;
    void *p = pool_take(pool, n * size);
    return p != NULL ? memset(p, 0, n * size) : NULL;
}

static void *resize(void *p, size_t n, void *pool)
{
    return pool_grow(pool, p, p != NULL ? pool_room(pool, p) : 0, n);
}

struct hpack *hpack_open(struct pool *pool)
{
    struct hpack *h = pool_take(pool, sizeof *h);
    if (h == NULL)
        return NULL;
    *h = (struct hpack){ .mem = { pool, take, give, take_zeroed, resize }, .pool = pool,
                         .table_max = TABLE_DEFAULT, .allowed = TABLE_DEFAULT };
    if (nghttp2_hd_inflate_new2(&h->inflater, &h->mem) != 0) {
        pool_give(pool, h);
        return NULL;
    }
    return h;
}

void hpack_close(struct hpack *h)
{
    if (h == NULL)
        return;
    nghttp2_hd_inflate_del(h->inflater);
    pool_give(h->pool, h);
}

static enum hpack_result result_of(ssize_t code)
{
    return code >= 0 ? HPACK_OK : code == NGHTTP2_ERR_NOMEM ? HPACK_NO_MEMORY : HPACK_BAD;
}

enum hpack_result hpack_feed(struct hpack *h, struct span bytes, bool last, hpack_fn *emit, void *ctx)
{
    struct cursor in = cur_over(bytes);
    if (!h->in_block && h->allowed > h->table_max) {
        h->table_max = h->allowed;
        int code = nghttp2_hd_inflate_change_table_size(h->inflater, h->allowed);
        if (code != 0)
            return result_of(code);
    }
    h->in_block = true;
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        ssize_t used = nghttp2_hd_inflate_hd2(h->inflater, &nv, &flags, in.p, in.left, last);
        if (used < 0)
            return result_of(used);
        cur_take(&in, (size_t)used);
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
            emit(ctx, (struct span){ nv.name, nv.namelen }, (struct span){ nv.value, nv.valuelen });
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
            nghttp2_hd_inflate_end_headers(h->inflater);
            h->in_block = false;
            return HPACK_OK;
        }
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && in.left == 0)
            return HPACK_OK;
    }
}

void hpack_allow(struct hpack *h, uint32_t table_max)
{
    if (table_max > h->allowed)
        h->allowed = table_max;
}
