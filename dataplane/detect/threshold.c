#include "detect/threshold.h"

#include <stdlib.h>

enum { SLOTS = 1 << 14, WAYS = 4 };

struct threshold_slot { uint64_t mark, start_ns; uint32_t count; };

int threshold_open(struct threshold *t)
{
    *t = (struct threshold){ .key = hash_key_draw(), .slots = calloc(SLOTS, sizeof *t->slots) };
    return t->slots != NULL ? 0 : -1;
}

void threshold_close(struct threshold *t)
{
    free(t->slots);
    t->slots = NULL;
}

static uint64_t mark_of(const struct threshold *t, const struct rs_rule *r, const struct addr *src,
                        const struct addr *dst)
{
    struct { uint32_t gid, sid; struct addr a, b; } who = { .gid = r->gid, .sid = r->sid };
    if (r->track == TRACK_SRC || r->track == TRACK_BOTH)
        who.a = *src;
    if (r->track == TRACK_DST || r->track == TRACK_BOTH)
        who.b = *dst;
    uint64_t m = hash_bytes(t->key, &who, sizeof who);
    return m != 0 ? m : 1;
}

/* The counter of this mark, at zero when it is new or its time is over. */
static struct threshold_slot *counter(struct threshold *t, uint64_t mark, uint64_t now_ns, uint64_t span_ns)
{
    struct threshold_slot *b = &t->slots[(mark & (SLOTS - 1)) & ~(uint64_t)(WAYS - 1)], *s = b;
    for (unsigned i = 0; i < WAYS; i++) {
        if (b[i].mark == mark) {
            s = &b[i];
            break;
        }
        if (b[i].start_ns < s->start_ns)
            s = &b[i];
    }
    bool over = now_ns >= s->start_ns && now_ns - s->start_ns >= span_ns;
    if (s->mark != mark || over)
        *s = (struct threshold_slot){ mark, now_ns, 0 };
    return s;
}

enum threshold_answer threshold_count(struct threshold *t, const struct rs_rule *r, const struct addr *src,
                                      const struct addr *dst, uint64_t now_ns)
{
    if (r->limit == LIMIT_NONE)
        return LIMIT_SPEAK;
    struct threshold_slot *s = counter(t, mark_of(t, r, src, dst), now_ns, r->limit_seconds * 1000000000ULL);
    s->count++;
    switch ((enum threshold_type)r->limit) {
    case LIMIT_LIMIT:
        return s->count <= r->limit_count ? LIMIT_SPEAK : LIMIT_SILENT;
    case LIMIT_THRESHOLD:
        if (s->count < r->limit_count)
            return LIMIT_NO_MATCH;
        s->count = 0;
        return LIMIT_SPEAK;
    case LIMIT_BOTH:
        return s->count < r->limit_count    ? LIMIT_NO_MATCH
               : s->count == r->limit_count ? LIMIT_SPEAK
                                            : LIMIT_SILENT;
    default:
        return s->count > r->limit_count ? LIMIT_SPEAK : LIMIT_NO_MATCH;
    }
}
