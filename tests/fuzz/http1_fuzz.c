/* A conversation that a hostile pair of hosts could have. Properties: what is told does not depend on how the
 * bytes were cut (until a direction is lost: then the cuts decide where it is taken up again);
 * every transaction told is done once; every buffer comes back.
 * Input: a byte of choices, a seed for the cuts, then turns: direction and length, and the bytes. */
#include "app/http1_pair.h"
#include "http1_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

/* Says one turn, whole or in pieces. */
static bool say(struct rig *r, enum dir dir, struct span bytes, uint32_t *seed)
{
    while (bytes.n > 0) {
        size_t n = *seed == 0 ? bytes.n : next(seed) % 8 == 0 ? 1 + next(seed) % bytes.n : 1 + next(seed) % 5;
        n = n < bytes.n ? n : bytes.n;
        if (http1_probe(dir, bytes) == PROBE_MORE && bytes.n > 70 + HTTP1_PROBE_MAX)
            abort();
        if (!rig_feed(r, dir, span_sub(bytes, 0, n)))
            return false;
        if (r->h.side[dir].state == SIDE_LOST)
            rig_write(r, "lost\n");
        bytes = span_sub(bytes, n, bytes.n);
    }
    return true;
}

static void converse(struct rig *r, struct span script, uint32_t seed)
{
    struct cursor in = cur_over(script);
    unsigned choice = (unsigned)cur_be(&in, 1);
    cur_take(&in, 1);
    rig_again(r);
    r->out.want_req_body = choice & 1;
    r->out.want_resp_body = choice & 2;
    r->out.limits = (struct app_limits){ choice & 4 ? 200 : 65536, choice & 8 ? 50 : 102400, choice & 16 ? 2 : 64 };
    bool on = true;
    while (on && in.left > 0) {
        uint8_t how = (uint8_t)cur_be(&in, 1);
        uint64_t n = cur_be(&in, 1) + (how & 2 ? 256u * (how >> 4) : 0);
        enum dir dir = how & 1 ? TO_CLIENT : TO_SERVER;
        if ((how & 12) == 12) {
            rig_write(r, "lost\n");
            http1_gap(&r->h, dir, n, &r->out);
        } else if ((how & 12) == 8 && n == 0) {
            http1_end(&r->h, dir, &r->out);
        } else {
            on = say(r, dir, cur_take(&in, n < in.left ? (size_t)n : in.left), &seed);
        }
    }
    http1_close(&r->h, &r->out);
    if (r->open != r->done || pool_in_use(r->out.pool) != 0)
        abort();
}

/* Where the account stops being comparable: where a direction is lost, and after a CONNECT, for what
 * a client sends before the answer is taken for HTTP or for a tunnel by the first piece of it alone
 * (app/ recognises the inside of a tunnel anew, so nothing goes unseen either way). */
static size_t comparable(const char *text)
{
    const char *at = strstr(text, "lost\n"), *connect = strcasestr(text, "m=CONNECT ");
    if (connect != NULL && (at == NULL || connect < at))
        at = connect;
    return at != NULL ? (size_t)(at - text) : strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rig r;
    static char *whole;
    if (r.text == NULL) {
        rig_open(&r);
        whole = malloc(RIG_TEXT + 1);
    }
    struct span script = { data, size };
    if (size < 4 || size > 16384)
        return 0;
    converse(&r, script, 0);
    memcpy(whole, r.text, r.n + 1);
    size_t n = comparable(whole);
    converse(&r, script, data[1] + 1u);
    size_t m = comparable(r.text);
    if (memcmp(whole, r.text, n < m ? n : m) != 0 || (n != m && n == strlen(whole) && m == strlen(r.text))) {
        fprintf(stderr, "--- whole\n%s--- cut\n%s", whole, r.text);
        abort();
    }
    return 0;
}
