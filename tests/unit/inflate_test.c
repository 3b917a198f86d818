/* app/inflate and the bodies it serves, with zlib as the reference. */
#include "http1_rig.h"
#include "test.h"

#include <zlib.h>

enum { RAW = -15, ZLIB = 15, GZIP = 15 + 16, OUT = 102400 };

/* zlib's compression of `in` in the given window format. */
static struct span deflated(struct span in, int format, int level)
{
    size_t size = in.n + in.n / 100 + 1024;
    uint8_t *to = malloc(size);
    z_stream z = { .next_in = (uint8_t *)(uintptr_t)in.p, .avail_in = (uInt)in.n, .next_out = to, .avail_out = (uInt)size };
    CHECK(deflateInit2(&z, level, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY) == Z_OK && deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t n = z.total_out;
    deflateEnd(&z);
    struct span out = exact_copy((struct span){ to, n }, n);
    free(to);
    return out;
}

static struct span script(size_t n)
{
    uint8_t *p = malloc(n + 1);
    srand(3);
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(i > 64 && rand() % 7 == 0 ? rand() % 256 : "const x = require('child_process');\n"[i % 36]);
    return (struct span){ p, n };
}

static void all_formats_come_back(void **state)
{
    (void)state;
    struct inflater *z = inflater_open(OUT);
    struct span plain = script(60000), out;
    static const struct { int format; uint8_t coding; } as[] = {
        { GZIP, CODING_GZIP }, { ZLIB, CODING_DEFLATE }, { RAW, CODING_DEFLATE }, { GZIP, CODING_DEFLATE },
    };
    for (int level = 0; level < 10; level += 3) {
        for (size_t i = 0; i < sizeof as / sizeof *as; i++) {
            struct span packed = deflated(plain, as[i].format, level);
            const uint8_t coding[2] = { as[i].coding, CODING_NONE };
            CHECK(inflate_body(z, coding, packed, OUT, &out) == INFLATE_END && span_eq(out, plain));
            exact_free(packed);
        }
        struct span once = deflated(plain, ZLIB, level), twice = deflated(once, GZIP, level);
        const uint8_t both[2] = { CODING_DEFLATE, CODING_GZIP };
        CHECK(inflate_body(z, both, twice, OUT, &out) == INFLATE_END && span_eq(out, plain));
        exact_free(once);
        exact_free(twice);
    }
    exact_free(plain);
    inflater_close(z);
}

static void a_prefix_gives_a_prefix(void **state)
{
    (void)state;
    struct inflater *z = inflater_open(OUT);
    struct span plain = script(3000), packed = deflated(plain, GZIP, 6), out;
    const uint8_t coding[2] = { CODING_GZIP, CODING_NONE };
    size_t before = 0;
    for (size_t n = 0; n < packed.n; n++) {
        struct span cut = exact_copy(packed, n);
        enum inflate_status status = inflate_body(z, coding, cut, OUT, &out);
        CHECK(status == (n < packed.n - 8 ? INFLATE_MORE : INFLATE_END));
        CHECK(out.n >= before && out.n <= plain.n && memcmp(out.p, plain.p, out.n) == 0);
        before = out.n;
        exact_free(cut);
    }
    CHECK(before == plain.n);
    exact_free(packed);
    exact_free(plain);
    inflater_close(z);
}

static void a_bomb_stays_within_the_limit(void **state)
{
    (void)state;
    struct inflater *z = inflater_open(OUT);
    uint8_t *zeros = calloc(1, 50 << 20);
    struct span out, packed = deflated((struct span){ zeros, 50 << 20 }, GZIP, 9), nested = deflated(packed, GZIP, 9);
    const uint8_t one[2] = { CODING_GZIP, CODING_NONE }, two[2] = { CODING_GZIP, CODING_GZIP };
    CHECK(inflate_body(z, one, packed, OUT, &out) == INFLATE_FULL && out.n <= OUT && out.n > OUT - 300);
    CHECK(inflate_body(z, two, nested, OUT, &out) == INFLATE_FULL && out.n <= OUT);
    CHECK(inflate_body(z, one, packed, 1 << 30, &out) == INFLATE_FULL && out.n <= OUT);
    exact_free(nested);
    exact_free(packed);
    free(zeros);
    inflater_close(z);
}

static void other_formats_are_bad(void **state)
{
    (void)state;
    struct inflater *z = inflater_open(OUT);
    const uint8_t coding[2] = { CODING_GZIP, CODING_NONE };
    struct span out;
    CHECK(inflate_body(z, coding, SPAN("plain text"), OUT, &out) == INFLATE_BAD && out.n == 0);
    CHECK(inflate_body(z, coding, SPAN(""), OUT, &out) == INFLATE_MORE && out.n == 0);
    struct span plain = script(3000), packed = deflated(plain, GZIP, 6);
    memset((uint8_t *)(uintptr_t)packed.p + packed.n / 2, 0xff, 40);
    CHECK(inflate_body(z, coding, packed, OUT, &out) != INFLATE_END || !span_eq(out, plain));
    exact_free(packed);
    exact_free(plain);
    inflater_close(z);
}

/* A response with that body, cut into pieces; what its last body fact says must not depend on them. */
static void respond(struct rig *r, const char *headers, struct span body, size_t piece)
{
    char head[256];
    int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", headers, body.n);
    rig_feed(r, TO_CLIENT, (struct span){ (uint8_t *)head, (size_t)n });
    for (size_t i = 0; i < body.n; i += piece)
        rig_feed(r, TO_CLIENT, span_sub(body, i, piece));
    http1_close(&r->h, &r->out);
    CHECK(pool_in_use(r->out.pool) == 0);
}

static void bodies_are_told_decoded(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r);
    static const struct { const char *headers; int format; size_t told; } as[] = {
        { "Content-Encoding: gzip\r\n", GZIP, 40000 }, { "Content-Encoding: deflate\r\n", RAW, 40000 },
        { "content-encoding: X-GZIP, identity\r\n", GZIP, 40000 },
    };
    struct span plain = script(40000);
    for (size_t i = 0; i < sizeof as / sizeof *as; i++) {
        struct span packed = deflated(plain, as[i].format, 6);
        char want[64];
        snprintf(want, sizeof want, "BODY 0 < %zu b=const_x", as[i].told);
        for (size_t piece = 100; piece < 200000; piece *= 3) {
            rig_again(&r);
            respond(&r, as[i].headers, packed, piece);
            if (strstr(r.text, want) == NULL || strstr(strstr(r.text, want) + 1, "BODY") != NULL)
                fail_msg("%s, pieces of %zu:\n%s", as[i].headers, piece, r.text);
        }
        exact_free(packed);
    }
    for (size_t piece = 1; piece < 60000; piece = piece * 3 + 1) {     /* nothing of that name: told as it is */
        rig_again(&r);
        respond(&r, "Content-Encoding: gzip\r\n", plain, piece);
        CHECK(strstr(r.text, "ODD < HTTP_BAD_COMPRESSION") != NULL && strstr(r.text, "BODY 0 < 40000 b=const_x") != NULL);
        rig_again(&r);
        respond(&r, "Content-Encoding: br\r\n", plain, piece);
        CHECK(strstr(r.text, "ODD") == NULL && strstr(r.text, "BODY 0 < 40000 b=const_x") != NULL);
    }
    r.out.limits.body_max = 1000;       /* the limit is of decoded bytes */
    for (size_t piece = 1; piece < 60000; piece = piece * 3 + 1) {
        rig_again(&r);
        respond(&r, "", plain, piece);
        CHECK(strstr(r.text, "BODY 0 < 1000 b=const_x") != NULL && strstr(r.text, "DONE 0 r 0 40000") != NULL);
    }
    exact_free(plain);
    rig_close(&r);
}

/* Rules must see the beginning early: before the end, and each telling begins like the one before. */
struct watch { uint8_t last[OUT]; size_t n; unsigned times, ends; };

static void on_fact(void *ctx, const struct fact *f)
{
    struct watch *w = ctx;
    if (f->kind != FACT_HTTP_BODY)
        return;
    CHECK(f->body.n >= w->n && memcmp(f->body.p, w->last, w->n) == 0 && w->ends == 0);
    memcpy(w->last, f->body.p, f->body.n);
    w->n = f->body.n;
    w->times++;
    w->ends += f->body_end;
}

static void long_bodies_are_told_while_they_grow(void **state)
{
    (void)state;
    static struct watch w;
    for (int packed = 0; packed < 2; packed++) {
        struct rig r;
        rig_open(&r);
        r.out.fact = on_fact;
        r.out.ctx = &w;
        w = (struct watch){ .n = 0 };
        struct span plain = script(60000), body = packed ? deflated(plain, GZIP, 6) : exact_copy(plain, plain.n);
        respond(&r, packed ? "Content-Encoding: gzip\r\n" : "", body, 1400);
        CHECK(w.ends == 1 && w.times >= 4 && w.times < 8 && w.n == 60000);
        exact_free(body);
        exact_free(plain);
        rig_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_formats_come_back),
        cmocka_unit_test(a_prefix_gives_a_prefix),
        cmocka_unit_test(a_bomb_stays_within_the_limit),
        cmocka_unit_test(other_formats_are_bad),
        cmocka_unit_test(bodies_are_told_decoded),
        cmocka_unit_test(long_bodies_are_told_while_they_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
