#ifndef TESTS_UNIT_FRAME_H
#define TESTS_UNIT_FRAME_H
/* Builds packets from the inside out: each call puts a header in front of what is there. */
#include "base/cursor.h"

enum { FRAME_MAX = 4096 };
struct frame { uint8_t b[FRAME_MAX]; size_t from; };

static inline struct span frame_span(const struct frame *f)
{
    return (struct span){ f->b + f->from, FRAME_MAX - f->from };
}

static inline uint8_t *frame_front(struct frame *f, struct span s)
{
    f->from -= s.n;
    return memcpy(f->b + f->from, s.p, s.n);
}

#define FRONT(f, literal) frame_front(f, SPAN(literal))

static inline void frame_be16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline size_t frame_len(const struct frame *f) { return FRAME_MAX - f->from; }

static inline void frame_start(struct frame *f, struct span payload)
{
    f->from = FRAME_MAX;
    frame_front(f, payload);
}

/* 1000 -> 443, SYN, window scale 7 */
static inline void frame_tcp(struct frame *f)
{
    FRONT(f, "\x03\xe8\x01\xbb" "\0\0\0\x07" "\0\0\0\x09" "\x70\x02\x40\0" "\0\0\0\0"
             "\x02\x04\x05\xb4" "\x01\x03\x03\x07");
}

static inline void frame_udp(struct frame *f, size_t sport, size_t dport)
{
    size_t len = frame_len(f) + 8;
    uint8_t *h = FRONT(f, "\0\0\0\0\0\0\0\0");
    frame_be16(h, sport);
    frame_be16(h + 2, dport);
    frame_be16(h + 4, len);
}

/* 10.0.0.`host` -> 10.0.0.2; `frag` is the word of flags and offset */
static inline void frame_ipv4_fragment(struct frame *f, uint8_t proto, uint8_t host, size_t frag)
{
    size_t len = frame_len(f) + 20;
    uint8_t *h = FRONT(f, "\x45\0\0\0" "\x12\x34\0\0" "\x40\0\0\0" "\x0a\0\0\x01" "\x0a\0\0\x02");
    frame_be16(h + 2, len);
    frame_be16(h + 6, frag);
    h[9] = proto;
    h[15] = host;
}

static inline void frame_ipv4(struct frame *f, uint8_t proto, uint8_t host)
{
    frame_ipv4_fragment(f, proto, host, 0);
}

/* fd00::1 -> fd00::2 */
static inline void frame_ipv6(struct frame *f, uint8_t proto)
{
    size_t len = frame_len(f);
    uint8_t *h = FRONT(f, "\x60\0\0\0" "\0\0\0\x40"
                          "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01" "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02");
    frame_be16(h + 4, len);
    h[6] = proto;
}

static inline void frame_ethernet(struct frame *f, size_t type)
{
    frame_be16(FRONT(f, "\x02\0\0\0\0\x01" "\x02\0\0\0\0\x02" "\0\0") + 12, type);
}

#endif
