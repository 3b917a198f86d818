#include "app/inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

enum { SLACK = 64 };

struct inflater {
    struct inflate_state state;
    size_t max;
    uint8_t *layer[2];      /* output of each coding; at least max bytes */
};

struct inflater *inflater_open(size_t out_max)
{
    struct inflater *z = calloc(1, sizeof *z);
    if (z == NULL)
        return NULL;
    z->max = out_max < UINT32_MAX / 2 ? out_max : UINT32_MAX / 2;
    z->layer[0] = malloc(z->max + SLACK);
    z->layer[1] = malloc(z->max + SLACK);
    if (z->layer[0] == NULL || z->layer[1] == NULL) {
        inflater_close(z);
        return NULL;
    }
    return z;
}

void inflater_close(struct inflater *z)
{
    if (z == NULL)
        return;
    free(z->layer[0]);
    free(z->layer[1]);
    free(z);
}

/* A field that ends in a zero byte. */
static void take_text(struct cursor *c)
{
    cur_take(c, span_find(cur_rest(c), 0) + 1);
}

/* Past a gzip member's header: RFC 1952 2.3. */
static enum inflate_status gzip_header(struct cursor *c)
{
    enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, RESERVED = 0xe0 };
    struct span magic = span_sub(cur_rest(c), 0, 3);
    if (memcmp(magic.p, "\x1f\x8b\x08", magic.n) != 0)
        return INFLATE_BAD;
    cur_take(c, 3);
    unsigned flags = (unsigned)cur_be(c, 1);
    cur_take(c, 6);         /* time, extra flags, system */
    if (flags & RESERVED)
        return INFLATE_BAD;
    if (flags & FEXTRA)
        cur_take(c, (size_t)cur_le(c, 2));
    if (flags & FNAME)
        take_text(c);
    if (flags & FCOMMENT)
        take_text(c);
    if (flags & FHCRC)
        cur_take(c, 2);
    return c->bad ? INFLATE_MORE : INFLATE_END;
}

/* "deflate" should be zlib's format (RFC 9110 8.4.1.2), but servers send raw deflate as well, and even
 * gzip. Zlib's two bytes are a multiple of 31: RFC 1950 2.2. */
static enum inflate_status deflate_header(struct cursor *c)
{
    struct span two = span_sub(cur_rest(c), 0, 2);
    if (two.n < 2)
        return INFLATE_MORE;
    if (two.p[0] == 0x1f && two.p[1] == 0x8b)
        return gzip_header(c);
    if ((two.p[0] & 0x0f) == 8 && (two.p[0] << 8 | two.p[1]) % 31 == 0)
        cur_take(c, 2);
    return INFLATE_END;
}

/* One deflate stream into what is free of `out`; the cursor stands after it. Checksums are not
 * checked: a wrong one keeps no browser from running what it got. */
static enum inflate_status raw(struct inflater *z, struct cursor *c, uint8_t *out, size_t max, size_t *used)
{
    struct inflate_state *s = &z->state;
    isal_inflate_init(s);
    s->next_in = (uint8_t *)(uintptr_t)c->p;
    s->avail_in = c->left < UINT32_MAX ? (uint32_t)c->left : UINT32_MAX;
    s->next_out = out + *used;
    s->avail_out = (uint32_t)(max - *used);
    int answer = isal_inflate_stateless(s);
    *used = (size_t)(s->next_out - out);
    cur_take(c, (size_t)(s->next_in - c->p));
    switch (answer) {
    case ISAL_DECOMP_OK:
        return INFLATE_END;
    case ISAL_END_INPUT:
        return INFLATE_MORE;
    case ISAL_OUT_OVERFLOW:
        return INFLATE_FULL;
    default:
        return INFLATE_BAD;
    }
}

/* A gzip file may have several members: RFC 1952 2.2. What else follows is ignored. */
static bool another_member(struct cursor *c)
{
    cur_take(c, 8);         /* checksum and length of the one before */
    return !c->bad && c->left >= 3 && memcmp(c->p, "\x1f\x8b\x08", 3) == 0;
}

static enum inflate_status one_layer(struct inflater *z, enum http1_coding coding, struct span in,
                                     uint8_t *out, size_t max, size_t *used)
{
    struct cursor c = cur_over(in);
    enum inflate_status status;
    *used = 0;
    do {
        status = coding == CODING_GZIP ? gzip_header(&c) : deflate_header(&c);
        if (status == INFLATE_END)
            status = raw(z, &c, out, max, used);
    } while (status == INFLATE_END && coding == CODING_GZIP && another_member(&c));
    return status;
}

enum inflate_status inflate_body(struct inflater *z, const uint8_t coding[2], struct span in,
                                 size_t out_max, struct span *out)
{
    size_t max = out_max < z->max ? out_max : z->max, n;
    *out = SPAN_NONE;
    enum inflate_status outer = INFLATE_END;
    if (coding[1] != CODING_NONE) {         /* the last applied comes off first */
        outer = one_layer(z, (enum http1_coding)coding[1], in, z->layer[1], max, &n);
        in = (struct span){ z->layer[1], n };
    }
    enum inflate_status inner = one_layer(z, (enum http1_coding)coding[0], in, z->layer[0], max, &n);
    *out = (struct span){ z->layer[0], n };
    return inner == INFLATE_MORE ? outer == INFLATE_END ? INFLATE_MORE : outer : inner;
}
