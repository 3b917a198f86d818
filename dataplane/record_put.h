#ifndef RECORD_PUT_H
#define RECORD_PUT_H
/* Laying values down in a record: for record.c, and record_parts.c with the protocols' parts. */
#include "record_wire.h"

struct out { uint8_t *p, *end; };   /* end leaves room for what has a fixed size */

static inline void put(struct out *o, const void *v, size_t n)
{
    if ((size_t)(o->end - o->p) < n) {
        o->end = o->p;      /* full for good: the cuts of record.h keep it from happening */
        return;
    }
    if (n > 0)
        memcpy(o->p, v, n);     /* an empty span of a zeroed struct has no bytes to point at */
    o->p += n;
}

static inline void put_u8(struct out *o, uint8_t v) { put(o, &v, 1); }
static inline void put_u16(struct out *o, uint16_t v) { put(o, &v, 2); }
static inline void put_u32(struct out *o, uint32_t v) { put(o, &v, 4); }
static inline void put_u64(struct out *o, uint64_t v) { put(o, &v, 8); }

/* A cut must not fall into a UTF-8 sequence: the end of one is taken off (RFC 3629 3). */
static inline size_t cut_at(struct span s, size_t max)
{
    if (s.n <= max)
        return s.n;
    size_t n = max;
    for (int back = 0; back < 3 && n > 0 && (s.p[n] & 0xc0) == 0x80; back++)
        n--;
    return n;
}

static inline void put_span(struct out *o, struct span s, size_t max)
{
    size_t n = cut_at(s, max);
    put_u16(o, (uint16_t)n);
    put(o, s.p, n);
}

/* A C string of ours with its zero, so the reader can point at it. NULL is length 255. */
static inline void put_name(struct out *o, const char *s)
{
    size_t n = s != NULL ? strlen(s) : 0;
    if (n > NAME_NONE - 1)
        n = NAME_NONE - 1;
    put_u8(o, s != NULL ? (uint8_t)n : NAME_NONE);
    if (s == NULL)
        return;
    put(o, s, n);
    put_u8(o, 0);
}

void put_http(struct out *o, const struct http_tx *t);
void put_tls(struct out *o, const struct tls_session *s);
void put_quic(struct out *o, const struct quic_session *s);
void put_dns(struct out *o, const struct dns_message *d);
void put_npm(struct out *o, const struct npm_fact *n);

#endif
