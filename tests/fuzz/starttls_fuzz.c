/* However a stream is cut, TLS is found at the same byte, and only where its first byte stands.
 * Input: one byte of seed, one of protocol, then pieces as in tls_fuzz. */
#include "app/starttls.h"

#include <stdlib.h>

struct end { enum app_status status; size_t at; uint8_t proto; };

static struct end run(const uint8_t *data, size_t size, uint8_t proto, uint32_t seed)
{
    struct starttls s = { .proto = proto };
    struct cursor in = { data, size, false };
    struct app_result r = { APP_MORE, 0 };
    const uint8_t *at = data;
    while (in.left > 0 && r.status == APP_MORE) {
        uint8_t head = (uint8_t)cur_be(&in, 1);
        size_t len = head >> 1;
        struct span piece = cur_take(&in, len < in.left ? len : in.left);
        while (piece.n > 0 && r.status == APP_MORE) {
            seed = seed != 0 ? seed * 1664525 + 1013904223 : 0;
            size_t part_len = seed == 0 ? piece.n : 1 + (seed >> 16) % 12;
            struct span part = span_sub(piece, 0, part_len);
            r = starttls_feed(&s, head & 1, part, NULL);
            if (r.used > part.n || (r.status == APP_TUNNEL && part.p[r.used] != 0x16))
                abort();
            at = part.p + r.used;
            piece = span_sub(piece, part_len, piece.n);
        }
    }
    return (struct end){ r.status, r.status == APP_TUNNEL ? (size_t)(at - data) : 0, s.proto };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    uint8_t proto = (uint8_t)(STARTTLS_SMTP + data[1] % STARTTLS_MYSQL);
    struct end a = run(data + 2, size - 2, proto, 0), b = run(data + 2, size - 2, proto, 1 + data[0]);
    if (a.status != b.status || a.at != b.at || (a.status != APP_DONE && a.proto != b.proto))
        abort();
    for (unsigned dir = 0; dir < 2; dir++) {
        enum app_probe was = PROBE_MORE;
        for (size_t n = 0; n <= size && n < 300; n++) {
            enum starttls_proto which = STARTTLS_NONE;
            enum app_probe now = starttls_probe((enum dir)dir, (struct span){ data, n }, &which);
            if ((was == PROBE_YES && now != was) || (now == PROBE_YES) != (which != STARTTLS_NONE))
                abort();
            was = now;
        }
    }
    return 0;
}
