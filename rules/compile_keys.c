/* What makes a rule a candidate: one key for each rule, the one that finds it most cheaply and
 * lets the fewest values through. As in Suricata that is the longest content that must be there,
 * unless the author says fast_pattern; but a list or an ending at a label's border is found by one
 * look-up, however long the set. */
#include "rules/compile_parts.h"

#include <stdlib.h>

enum { HS_CASELESS = 1 };       /* HS_FLAG_CASELESS; its header stays behind compile_db.c */

static void put_key(struct compiler *c, struct key k)
{
    if (c->n_keys == c->keys_room) {
        c->keys_room = c->keys_room > 0 ? c->keys_room * 2 : 1024;
        struct key *keys = realloc(c->keys, c->keys_room * sizeof *keys);
        if (keys == NULL)
            abort();
        c->keys = keys;
    }
    c->keys[c->n_keys++] = k;
}

static bool is_body(const struct view *v)
{
    return v->buffer == BUF_HTTP_REQUEST_BODY || v->buffer == BUF_HTTP_RESPONSE_BODY ||
           v->buffer == BUF_FILE_DATA;
}

/* Of two contents, which is rarer? Length decides; bodies are long, so anything else goes first. */
static int worth(const struct option *o)
{
    int n = o->text.n > 512 ? 512 : (int)o->text.n;
    if (o->fast)
        return 1 << 20;
    return n + (is_body(&o->view) || n < 4 ? 0 : 1024);
}

static const struct option *best_content(const struct rule *r)
{
    const struct option *best = NULL;
    for (uint32_t i = 0; i < r->n_opts; i++) {
        const struct option *o = &r->opts[i];
        if (o->kind == OPT_CONTENT && (o->flags & OPT_NOT) == 0 && (best == NULL || worth(o) > worth(best)))
            best = o;
    }
    return best;
}

static const struct option *first_of(const struct rule *r, enum opt_kind kind)
{
    for (uint32_t i = 0; i < r->n_opts; i++)
        if (r->opts[i].kind == kind && (r->opts[i].flags & OPT_NOT) == 0)
            return &r->opts[i];
    return NULL;
}

static bool choose_content(struct compiler *c, const struct option *o, struct key *k)
{
    (void)c;
    k->bytes = o->text;
    k->flags = o->flags & OPT_NOCASE ? HS_CASELESS : 0;
    k->starts = (o->flags & OPT_STARTS) != 0;
    k->ends = (o->flags & OPT_ENDS) != 0;
    if (o->chop_n > 0) {
        k->starts = k->starts && o->chop_at == 0;
        k->ends = k->ends && (size_t)o->chop_at + o->chop_n == o->text.n;
        k->bytes = span_sub(o->text, o->chop_at, o->chop_n);
    }
    bool tail =
        k->ends && !k->starts && o->chop_n == 0 && o->text.p[0] == '.' && o->text.n > 1 && o->text.n <= 256;
    k->kind = tail ? KEY_TAIL : KEY_LITERAL;
    return true;
}

static bool choose_pcre(struct compiler *c, const struct option *o, struct key *k)
{
    if (o->pcre_flags & (PCRE_EXTENDED | PCRE_DOLLAR_ENDONLY))
        return false;
    char *text = keep_text(&c->rules->keep, o->text.p, o->text.n);
    k->flags = database_flags(o->pcre_flags);
    if (strlen(text) != o->text.n || !database_takes(text, k->flags))
        return false;
    k->kind = KEY_REGEX;
    k->bytes = (struct span){ (uint8_t *)text, o->text.n };
    return true;
}

/* Rules that look into nothing: the address they name, if it is a rare one. */
static void choose_addresses(const struct rule *r, struct key *k)
{
    if (r->dst != NULL && spans_worth(r->dst)) {
        k->kind = KEY_DESTINATION;
        k->addresses = r->dst;
    } else if (r->src != NULL && spans_worth(r->src)) {
        k->kind = KEY_SOURCE;
        k->addresses = r->src;
    }
}

void keys_choose(struct compiler *c, const struct rule *r, uint32_t index)
{
    struct key k = { .kind = KEY_ALWAYS, .view = RULESET_NO_VIEW, .rule = index, .bytes = SPAN_NONE };
    const struct option *content = best_content(r), *set = first_of(r, OPT_TABLE), *re = first_of(r, OPT_PCRE);
    const struct option *by = NULL;
    if (set != NULL && (content == NULL || !content->fast)) {
        by = set;
        k.kind = KEY_TABLE;
        k.flags = c->dataset_table[set->dataset] - 1;
    } else if (content != NULL && choose_content(c, content, &k)) {
        by = content;
    } else if (re != NULL && choose_pcre(c, re, &k)) {
        by = re;
    }
    if (by != NULL)
        k.view = view_put(c, by->view);
    else if ((r->flags & RULE_BOTH_WAYS) == 0)
        choose_addresses(r, &k);
    for (uint32_t t = 0; t < TRIG_COUNT; t++)
        if (r->triggers >> t & 1) {
            k.trigger = t;
            put_key(c, k);
        }
}
