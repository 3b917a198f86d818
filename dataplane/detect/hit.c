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

/* ---- bits of flows and of hosts ---- */

static struct host_bit host_bit_of(const struct scene *s, const struct rs_bit *b)
{
    return (struct host_bit){ .name = b->bits, .a = b->where == BIT_DST ? &s->dst : &s->src,
                              .b = b->where == BIT_PAIR ? &s->dst : NULL };
}

static uint32_t seconds_of(const struct scene *s) { return (uint32_t)(s->meta->ts_ns / 1000000000); }

/* Of several flowbits one that is set is enough, and one that is not set. */
static bool bit_holds(const struct detect *d, const struct rs_bit *b, const struct detect_flow *df)
{
    if (b->op != BIT_ISSET && b->op != BIT_ISNOTSET)
        return true;
    bool want = b->op == BIT_ISSET;
    if (b->where == BIT_FLOW)
        return want ? (df->bits & b->bits) != 0 : (df->bits & b->bits) != b->bits;
    return host_bits_are_set(d->host_bits, host_bit_of(&d->scene, b), seconds_of(&d->scene)) == want;
}

static bool bits_hold(const struct detect *d, const struct rs_rule *r, const struct detect_flow *df)
{
    for (uint32_t i = 0; i < r->bits.n; i++)
        if (!bit_holds(d, &d->rs->bits[r->bits.at + i], df))
            return false;
    return true;
}

static void change_host_bit(struct detect *d, const struct rs_bit *b)
{
    struct host_bit bit = host_bit_of(&d->scene, b);
    uint32_t now_s = seconds_of(&d->scene);
    bool on = b->op == BIT_SET ||
              (b->op == BIT_TOGGLE && !host_bits_are_set(d->host_bits, bit, now_s));
    if (on)
        host_bits_set(d->host_bits, bit, now_s, b->seconds);
    else if (b->op == BIT_UNSET || b->op == BIT_TOGGLE)
        host_bits_clear(d->host_bits, bit);
}

static void bits_change(struct detect *d, const struct rs_rule *r, struct detect_flow *df)
{
    for (uint32_t i = 0; i < r->bits.n; i++) {
        const struct rs_bit *b = &d->rs->bits[r->bits.at + i];
        if (b->where != BIT_FLOW)
            change_host_bit(d, b);
        else if (b->op == BIT_SET)
            df->bits |= b->bits;
        else if (b->op == BIT_UNSET)
            df->bits &= ~b->bits;
        else if (b->op == BIT_TOGGLE)
            df->bits ^= b->bits;
    }
}

/* ---- telling ---- */

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
