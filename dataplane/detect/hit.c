/* From a candidate to a hit: does it hold, was it told before, how often may it speak. */
#include "detect/detect_parts.h"
#include "detect/rule_header.h"

struct rule_info rule_info_of(const struct ruleset *rs, uint32_t index)
{
    const struct rs_rule *r = &rs->rules[index];
    return (struct rule_info){
        .index = index, .sid = r->sid, .gid = r->gid, .rev = r->rev, .severity = r->severity,
        .action = (enum rule_action)r->action, .noalert = (r->flags & RULE_NOALERT) != 0,
        .msg = ruleset_text(rs, r->msg), .category = ruleset_text(rs, r->category),
        .classtype = ruleset_text(rs, r->classtype), .rs = rs,
        .metadata = rs->kvs + r->metadata.at, .n_metadata = r->metadata.n,
        .references = rs->kvs + r->references.at, .n_references = r->references.n,
    };
}

static struct span thing_of(const struct scene *s, const struct found *found)
{
    if (found->entry == TABLE_NONE)
        return SPAN_NONE;
    return s->trigger == TRIG_NPM && s->fact->npm != NULL ? s->fact->npm->spec : found->value;
}

/* What was found, as a number: the listed thing, else the transaction, else just the rule. */
static uint32_t thing_hash(const struct detect *d, const struct rs_rule *r, const struct found *found)
{
    const struct scene *s = &d->scene;
    struct span thing = thing_of(s, found);
    struct { uint64_t rule, thing; } words = { (uint64_t)r->gid << 32 | r->sid, 0 };
    if (found->entry != TABLE_NONE)
        words.thing = hash_bytes(d->seen.key, thing.p, thing.n) ^ found->entry;
    else if (has_tx(s))
        words.thing = s->fact->http->id + 1ULL;
    else if (s->trigger == TRIG_DNS || s->trigger == TRIG_DNS_RESPONSE)
        words.thing = s->fact->dns->id + 1ULL;
    uint64_t h = hash_bytes(d->seen.key, &words, sizeof words);
    return (uint32_t)(h ^ h >> 32);
}

static bool bits_hold(const struct detect *d, const struct rs_rule *r, const struct detect_flow *df)
{
    for (uint32_t i = 0; i < r->bits.n; i++) {
        const struct rs_bit *b = &d->rs->bits[r->bits.at + i];
        bool set = (df->bits >> b->bit & 1) != 0;
        if ((b->op == BIT_ISSET && !set) || (b->op == BIT_ISNOTSET && set))
            return false;
    }
    return true;
}

static void bits_change(const struct detect *d, const struct rs_rule *r, struct detect_flow *df)
{
    for (uint32_t i = 0; i < r->bits.n; i++) {
        const struct rs_bit *b = &d->rs->bits[r->bits.at + i];
        uint32_t bit = 1u << b->bit;
        if (b->op == BIT_SET)
            df->bits |= bit;
        else if (b->op == BIT_UNSET)
            df->bits &= ~bit;
        else if (b->op == BIT_TOGGLE)
            df->bits ^= bit;
    }
}

/* A transaction that a pass rule names is let through; of the rest of its connection nothing is
 * said. What has no transactions is let through as a whole. */
static void let_pass(struct call *c)
{
    const struct scene *s = &c->d->scene;
    c->d->stats.passed++;
    if (has_tx(s))
        c->df->pass_tx = s->fact->http->id + 1;
    else if (s->trigger == TRIG_TLS_CLIENT || s->trigger == TRIG_QUIC)
        c->df->flags |= DETECT_PASSED_HELLO;
    else if (s->trigger != TRIG_DNS && s->trigger != TRIG_DNS_RESPONSE)
        c->df->flags |= DETECT_PASSED;
}

static void tell(struct call *c, uint32_t index, const struct found *found, bool silent)
{
    struct detect *d = c->d;
    const struct rs_rule *r = &d->rs->rules[index];
    bool mute = silent || (r->flags & RULE_NOALERT) != 0;
    if (mute && r->action == RULE_ALERT)
        return;
    struct detect_hit h = {
        .rule = rule_info_of(d->rs, index), .thing = thing_of(&d->scene, found), .list = SPAN_NONE,
        .entry = found->entry, .suppressed = silent, .has_tx = has_tx(&d->scene), .dir = d->scene.dir,
    };
    if (h.has_tx)
        h.tx = d->scene.fact->http->id;
    if (found->entry != TABLE_NONE) {
        h.list = ruleset_text(d->rs, d->rs->tables[found->table].name);
        h.table = &verifier_tables(d->verifier)[found->table];
    }
    d->stats.hits++;
    c->hit(c->ctx, &h);
}

/* A body is looked at as it grows; what it must not hold is only known at its end. */
static bool is_time(const struct scene *s, const struct rs_rule *r)
{
    return (r->flags & RULE_WHOLE_BODY) == 0 || s->fact == NULL || s->fact->body_end;
}

bool try_rule(struct call *c, uint32_t index)
{
    struct detect *d = c->d;
    const struct rs_rule *r = &d->rs->rules[index];
    struct found found;
    d->stats.candidates++;
    if (!is_time(&d->scene, r) || !bits_hold(d, r, c->df) || !rule_header_holds(d->rs, r, &d->scene) ||
        !verify_rule(d->verifier, &d->values, r, &found))
        return true;
    d->stats.verified++;
    if (r->action == RULE_PASS) {
        let_pass(c);
        return false;
    }
    const struct meta *m = d->scene.meta;
    if (!seen_first(&d->seen, c->df, m->flow != NULL ? m->flow->id : 0, thing_hash(d, r, &found))) {
        d->stats.repeated++;
        return true;
    }
    enum threshold_answer a = threshold_count(&d->threshold, r, &d->scene.src, &d->scene.dst, m->ts_ns);
    d->stats.suppressed += a != LIMIT_SPEAK;
    if (a == LIMIT_NO_MATCH)
        return true;
    bits_change(d, r, c->df);
    tell(c, index, &found, a == LIMIT_SILENT);
    return true;
}
