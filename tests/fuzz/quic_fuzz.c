/* The first byte says what the rest is:
 *   0  datagrams as they came, each behind a length of two bytes
 *   1  frames, each row behind a length of two bytes; they are sealed as a client would, so that
 *      the frame reader is reached
 *   2  pieces of a fixed hello, as pairs of offset and length
 * Properties: a fact when the status says so, and one more only for a new connection; all memory comes back; and of pieces the hello is
 * told exactly when, by a byte map, they cover it. */
#include "app/quic.h"
#include "quic_seal.h"

#include <stdlib.h>

static const char hello[] =
    "\x01\0\0\x41" "\x03\x03" "random-random-random-random-rand" "\0" "\0\x02\x13\x01" "\x01\0"
    "\0\x16" "\0\x17\0\0" "\0\0\0\x0e" "\0\x0c" "\0" "\0\x09" "npm.piece";
enum { HELLO_LEN = sizeof hello - 1 };

struct seen { unsigned facts, with_tls, right; };

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct seen *s = ctx;
    if (f->kind != FACT_QUIC) {
        claim(f->kind == FACT_ANOMALY && f->anomaly != NULL);
        return;
    }
    s->facts++;
    if (f->quic->tls != NULL) {
        s->with_tls++;
        claim(f->quic->tls->is_quic);
        s->right += span_is(f->quic->tls->sni, "npm.piece");
    }
}

static struct span sealed(struct span frames, uint32_t version, uint8_t out[SEAL_MAX])
{
    struct quic_keys k;
    struct span dcid = SPAN("\1\2\3\4\5\6\7\x08");
    struct initial i = { .version = version, .dcid = dcid, .token = SPAN_NONE };
    quic_keys_client(version, i.dcid, &k);
    return (struct span){ out, quic_initial(&k, &i, frames, out) };
}

static enum app_status rows(struct quic *q, struct cursor in, bool seal, struct app_out *out)
{
    enum app_status status = APP_MORE;
    for (unsigned i = 0; in.left > 0 && i < 40; i++) {
        struct cursor row = cur_block(&in, 2);
        struct span s = row.bad ? SPAN_NONE : cur_rest(&row);
        uint8_t b[SEAL_MAX];
        if (seal)
            s = sealed(span_sub(s, 0, 4096), s.n % 2 ? QUIC_V1 : QUIC_V2, b);
        else
            quic_probe(s);
        status = quic_feed(q, (enum dir)(i % 3 == 2), s, out).status;
    }
    return status;
}

static enum app_status pieces(struct quic *q, struct cursor in, struct app_out *out)
{
    uint8_t covered[HELLO_LEN] = { 0 }, frames[4096], b[SEAL_MAX];
    size_t n = 0, have = 0;
    while (in.left >= 2 && n < 3000 && have < HELLO_LEN) {
        size_t from = (size_t)cur_be(&in, 1) % HELLO_LEN;
        size_t len = (size_t)cur_be(&in, 1) % (HELLO_LEN - from) + 1;
        uint8_t head[] = { 6, 0x40, (uint8_t)from, 0x40, (uint8_t)len };
        memcpy(frames + n, head, sizeof head);
        memcpy(frames + n + sizeof head, hello + from, len);
        n += sizeof head + len;
        for (size_t i = from; i < from + len; i++)
            have += covered[i]++ == 0;
        memset(covered + from, 1, len);
    }
    struct span packet = sealed((struct span){ frames, n }, QUIC_V1, b);
    enum app_status s = quic_feed(q, TO_SERVER, packet, out).status;
    claim((s == APP_DONE) == (have == HELLO_LEN));
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct pool *pool;
    if (pool == NULL)
        pool = pool_open(4 << 20);
    struct seen seen = { 0 };
    struct app_out out = { .fact = on_fact, .ctx = &seen, .pool = pool };
    struct quic q = { 0 };
    struct cursor in = cur_over((struct span){ data, n });
    unsigned mode = (unsigned)cur_be(&in, 1) % 3;
    enum app_status s = mode == 2 ? pieces(&q, in, &out) : rows(&q, in, mode == 1, &out);
    claim((seen.facts > 0) == (s != APP_MORE && q.version != 0) || mode != 2);
    claim(s != APP_DONE || seen.with_tls == 1 || mode != 2);
    claim(mode != 2 || seen.with_tls == seen.right);
    quic_close(&q, &out);
    claim((mode == 0 || seen.facts <= 2) && pool_in_use(pool) == 0);    /* 1 seals with one id */
    return 0;
}
