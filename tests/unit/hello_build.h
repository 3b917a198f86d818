#ifndef TESTS_UNIT_HELLO_BUILD_H
#define TESTS_UNIT_HELLO_BUILD_H
/* Hellos by hand, from RFC 8446 4.1.2 and 4.1.3. */
#include "base/cursor.h"

struct hello { uint8_t b[65536]; size_t n, exts_at; };

static inline void hello_put(struct hello *h, const void *bytes, size_t n)
{
    memcpy(h->b + h->n, bytes, n);
    h->n += n;
}

static inline void hello_word(struct hello *h, unsigned v)
{
    hello_put(h, (uint8_t[]){ (uint8_t)(v >> 8), (uint8_t)v }, 2);
}

static inline void hello_close(struct hello *h)
{
    size_t body = h->n - 4, exts = h->n - h->exts_at - 2;
    memcpy(h->b + 1, (uint8_t[]){ (uint8_t)(body >> 16), (uint8_t)(body >> 8), (uint8_t)body }, 3);
    memcpy(h->b + h->exts_at, (uint8_t[]){ (uint8_t)(exts >> 8), (uint8_t)exts }, 2);
}

/* Up to the extensions, which hello_ext appends. */
static inline void hello_begin(struct hello *h, unsigned version, const uint16_t *ciphers, unsigned n)
{
    h->n = 0;
    hello_put(h, "\x01\0\0\0", 4);
    hello_word(h, version);
    hello_put(h, "random-random-random-random-rand\0", 33);
    hello_word(h, 2 * n);
    for (unsigned i = 0; i < n; i++)
        hello_word(h, ciphers[i]);
    hello_put(h, "\x01\0\0\0", 4);
    h->exts_at = h->n - 2;
    hello_close(h);
}

static inline void hello_ext(struct hello *h, unsigned type, struct span body)
{
    hello_word(h, type);
    hello_word(h, (unsigned)body.n);
    hello_put(h, body.p, body.n);
    hello_close(h);
}

static inline void hello_sni(struct hello *h, struct span name)
{
    hello_word(h, 0);
    hello_word(h, (unsigned)name.n + 5);
    hello_word(h, (unsigned)name.n + 3);
    hello_put(h, "", 1);
    hello_word(h, (unsigned)name.n);
    hello_put(h, name.p, name.n);
    hello_close(h);
}

static inline void server_hello_begin(struct hello *h, unsigned version, unsigned cipher, bool retry)
{
    static const uint8_t retry_random[32] = {
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
        0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
    };
    h->n = 0;
    hello_put(h, "\x02\0\0\0", 4);
    hello_word(h, version);
    hello_put(h, retry ? (const void *)retry_random : "random-random-random-random-rand", 32);
    hello_put(h, "\x00", 1);
    hello_word(h, cipher);
    hello_put(h, "\0\0\0", 3);
    h->exts_at = h->n - 2;
    hello_close(h);
}

static inline struct span hello_span(const struct hello *h)
{
    return (struct span){ h->b, h->n };
}

#endif
