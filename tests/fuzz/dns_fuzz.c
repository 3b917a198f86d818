/* Property: whatever the bytes, texts stand inside the scratch, names are no longer than a name
 * can be, and DNS over TCP tells the same facts however the stream is cut. */
#include "app/dns.h"
#include "app/dns_message.h"

#include <stdlib.h>

struct sum { uint64_t facts, text; };

static void claim(bool holds)
{
    if (!holds)
        abort();
}

static uint64_t mix(uint64_t sum, struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        sum = (sum ^ s.p[i]) * 0x100000001b3u;
    return (sum ^ s.n) * 0x100000001b3u;
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct sum *s = ctx;
    s->facts++;
    if (f->kind != FACT_DNS) {
        claim(f->kind == FACT_ANOMALY && f->anomaly != NULL);
        return;
    }
    claim(f->dns->n_questions <= DNS_QUESTIONS_MAX && f->dns->n_records <= DNS_RECORDS_MAX);
    for (unsigned i = 0; i < f->dns->n_questions; i++) {
        claim(f->dns->question[i].name.n <= DNS_NAME_TEXT_MAX);
        s->text = mix(s->text, f->dns->question[i].name);
    }
    for (unsigned i = 0; i < f->dns->n_records; i++) {
        claim(f->dns->record[i].name.n <= DNS_NAME_TEXT_MAX && f->dns->record[i].section <= 2);
        s->text = mix(mix(s->text, f->dns->record[i].name), f->dns->record[i].rdata);
    }
}

static bool inside(const struct dns_text *t, struct span s)
{
    return s.n == 0 || (s.p >= t->b && s.p + s.n <= t->b + t->n);
}

static void one_message(struct span s)
{
    static struct dns_text t;
    static struct dns_message m;
    if (dns_message_read(s, &t, &m)) {
        claim(t.n <= sizeof t.b);
        for (unsigned i = 0; i < m.n_questions; i++)
            claim(inside(&t, m.question[i].name));
        for (unsigned i = 0; i < m.n_records; i++)
            claim(inside(&t, m.record[i].name) && inside(&t, m.record[i].rdata));
    } else {
        claim(dns_udp_probe(s, false) == PROBE_NO);
    }
}

static struct sum one_stream(struct pool *pool, struct span s, size_t step)
{
    struct sum sum = { 0 };
    struct app_out out = { .fact = on_fact, .ctx = &sum, .pool = pool };
    struct dns_tcp t = { 0 };
    for (size_t at = 0; at < s.n; at += step)
        dns_tcp_feed(&t, TO_SERVER, span_sub(s, at, step), &out);
    dns_tcp_close(&t, &out);
    claim(pool_in_use(pool) == 0);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct pool *pool;
    if (pool == NULL)
        pool = pool_open(4 << 20);
    struct span s = { data, n };
    one_message(s);
    if (dns_udp_probe(s, false) == PROBE_YES)
        claim(dns_udp_probe(s, true) == PROBE_YES);
    dns_tcp_probe(TO_SERVER, s, false);
    dns_tcp_probe(TO_SERVER, s, true);
    struct sum whole = one_stream(pool, s, n + 1), cut = one_stream(pool, s, 1 + n % 7);
    claim(whole.facts == cut.facts && whole.text == cut.text);
    return 0;
}
