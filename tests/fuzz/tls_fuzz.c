/* However a stream is cut, TLS tells the same facts, gives all memory back, and ends the same way.
 * Input: one byte of seed, then pieces: one byte of direction (bit 0) and of length (times 8). */
#include "app/digest.h"
#include "app/tls.h"
#include "tls_log.h"

#include <stdlib.h>

static enum app_status feed_cut(struct tls *t, enum dir dir, struct span piece, uint32_t *seed,
                                struct app_out *out)
{
    enum app_status status = APP_MORE;
    for (size_t at = 0; at < piece.n && status == APP_MORE;) {
        *seed = *seed * 1664525 + 1013904223;
        size_t len = *seed >> 28 == 0 ? 1 : 1 + (*seed >> 20) % (1u << (1 + (*seed >> 8) % 11));
        struct span part = span_sub(piece, at, len);
        uint8_t *copy = malloc(part.n);
        memcpy(copy, part.p, part.n);
        struct app_result r = tls_feed(t, dir, (struct span){ copy, part.n }, out);
        free(copy);
        status = r.status;
        at += len;
    }
    return status;
}

/* One run over the input; seed 0 feeds each piece whole. */
static enum app_status run(const uint8_t *data, size_t size, uint32_t seed, struct tls_log *log)
{
    static struct pool *pool;
    static struct digest_memo *memo;
    if (pool == NULL) {
        pool = pool_open(4 << 20);
        memo = digest_memo_open();
    }
    struct app_out out = { .fact = tls_log_fact, .ctx = log, .pool = pool,
                           .memo = seed == 0 ? memo : NULL, .limits = { .head_max = 16384 } };
    struct tls t = { 0 };
    struct cursor in = { data, size, false };
    enum app_status status = APP_MORE;
    log->n = 0;
    log->text[0] = '\0';
    while (in.left > 0 && status == APP_MORE) {
        uint8_t head = (uint8_t)cur_be(&in, 1);
        size_t len = (size_t)(head >> 1) * 8 + 1;
        struct span piece = cur_take(&in, len < in.left ? len : in.left);
        if (head == 0xfe)               /* a hole instead; the same in both runs */
            tls_gap(&t, TO_CLIENT, piece.n, &out);
        else if (seed == 0 && piece.n > 0)
            status = tls_feed(&t, head & 1, piece, &out).status;
        else
            status = feed_cut(&t, head & 1, piece, &seed, &out);
    }
    tls_close(&t, &out);
    if (pool_in_use(pool) != 0)
        abort();
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tls_log whole, cut;
    if (size == 0)
        return 0;
    enum app_status a = run(data + 1, size - 1, 0, &whole);
    enum app_status b = run(data + 1, size - 1, 1 + data[0], &cut);
    if (a != b || strcmp(whole.text, cut.text) != 0)
        abort();
    enum app_probe was = PROBE_MORE;    /* more bytes never take an answer back */
    for (size_t n = 0; n < size && n < 32; n++) {
        enum app_probe now = tls_probe(TO_SERVER, (struct span){ data, n });
        if (was != PROBE_MORE && now != was)
            abort();
        was = now;
    }
    return 0;
}
