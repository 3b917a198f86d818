/* Packets of any link type, several in a row so that fragments meet. Whatever decode says, its spans
 * lie in the packet or in the defragmenter's buffers, and can be read. */
#include "decode/decode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void require(bool claim)
{
    if (!claim)
        abort();
}

static void readable(const struct decode *d, const struct packet *p, struct span s)
{
    if (s.n == 0)
        return;
    require((s.p >= p->data && s.p + s.n <= p->data + p->caplen) || defrag_holds(&d->defrag, s));
    sink = (uint8_t)(s.p[0] + s.p[s.n - 1]);
}

static void check(const struct decode *d, const struct packet *p)
{
    readable(d, p, p->payload);
    readable(d, p, (struct span){ p->ip, p->ip_len });
    require(p->n_vlan <= VLAN_MAX && p->wscale >= -1 && p->wscale <= 14);
    require((p->state != PKT_BAD || p->anomaly != NULL) && p->flow == NULL);
    if (p->state == PKT_OK)
        require((p->ip_version == 4 || p->ip_version == 6) && p->payload.p >= p->ip);
    if (p->has_ports)
        require(p->proto == 6 || p->proto == 17 || p->proto == 132);
    require(packet_source_text(p->source) != NULL);
}

/* Each packet: link type (2), flags (1), length (2), bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct batch b;
    struct config config = { .fragments_max = 4, .stream_memory = 256 << 10, .fragment_s = 30 };
    struct pool *pool = pool_open(1 << 20);
    struct decode d;
    struct cursor in = cur_over((struct span){ data, size });
    config.checksums = (cur_be(&in, 1) & 1) != 0;
    if (pool == NULL || decode_open(&d, &config, HASH_KEY_FIXED, pool, 1) != 0)
        abort();
    uint64_t now = 0;
    while (in.left > 0) {
        b.n = 0;
        for (unsigned most = 1 + size % 4; b.n < most && in.left > 0; b.n++) {
            uint16_t link = (uint16_t)cur_be(&in, 2);
            uint64_t flags = cur_be(&in, 1);
            size_t n = (size_t)cur_be(&in, 2);
            struct span s = cur_take(&in, n < in.left ? n : in.left);
            uint8_t *copy = malloc(s.n > 0 ? s.n : 1);
            memcpy(copy, s.p, s.n);
            now += (flags & 0xf0) << 25;
            b.p[b.n] = (struct packet){ .data = copy, .caplen = (uint32_t)s.n, .ts_ns = now,
                                        .wirelen = (uint32_t)(s.n + (flags & 1) * 100), .linktype = link };
        }
        decode_batch(&d, &b);
        for (unsigned i = 0; i < b.n; i++) {
            check(&d, &b.p[i]);
            free((void *)(uintptr_t)b.p[i].data);
        }
    }
    decode_close(&d);
    require(pool_in_use(pool) == 0);
    pool_close(pool);
    return 0;
}
