/* The image: rules in order of evaluation, their options, their lists, then what finds them. */
#include "rules/compile.h"
#include "rules/compile_parts.h"
#include "rules/list.h"

#include <stdlib.h>

/* ---- order: pass before drop before reject before alert; what sets a flowbit before what asks for
 * it; then by severity; then as written ---- */

static int asks(const struct rule *r)
{
    for (uint32_t i = 0; i < r->n_bits; i++)
        if (r->bits[i].op == BIT_ISSET || r->bits[i].op == BIT_ISNOTSET)
            return 1;
    return 0;
}

static int by_order(const void *x, const void *y)
{
    const struct rule *a = *(const struct rule *const *)x, *b = *(const struct rule *const *)y;
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    if (asks(a) != asks(b))
        return asks(a) - asks(b);
    if (a->severity != b->severity)
        return a->severity < b->severity ? -1 : 1;
    return a < b ? -1 : a > b;      /* they stand in one array, in order of reading */
}

/* ---- lists ---- */

static void load_datasets(struct compiler *c, compile_list_refusal *told, void *ctx)
{
    for (uint32_t i = 0; i < c->rules->n_datasets; i++) {
        const struct dataset *d = &c->rules->datasets[i];
        struct list_counts counts = { 0 };
        struct error why = { "" };
        size_t n = 0;
        void *block = list_load(d->path, d->kind, told, ctx, &counts, &n, &why);
        if (block == NULL) {
            char *text = keep_text(&c->rules->keep, why.text, strlen(why.text));
            for (uint32_t r = 0; r < c->rules->n; r++)
                for (uint32_t o = 0; o < c->rules->v[r].n_opts; o++)
                    if (c->rules->v[r].opts[o].kind == OPT_TABLE && c->rules->v[r].opts[o].dataset == i)
                        rules_refuse(c->rules, &c->rules->v[r], c->rules->v[r].opts[o].column + 1,
                                     "mend the list", "dataset '%s': %s", d->name, text);
            continue;
        }
        struct rs_table t = {
            .name = text_put_str(c, d->name), .kind = d->kind, .n = n, .at = blob_put(c, block, n)
        };
        free(block);
        c->dataset_table[i] = part_put(c, PART_TABLES, &t, 1) + 1;
        c->stats->list_entries += counts.taken;
        c->stats->tables++;
    }
}

/* What the parser could not see: lists that can't be read, too many views. */
static bool usable(struct compiler *c, const struct rule *r)
{
    for (uint32_t i = 0; i < r->n_opts; i++) {
        if (r->opts[i].kind == OPT_TABLE && c->dataset_table[r->opts[i].dataset] == 0)
            return false;           /* told by load_datasets() */
        if (view_put(c, r->opts[i].view) == RULESET_NO_VIEW) {
            rules_refuse(c->rules, r, r->opts[i].column + 1, "use fewer chains of transforms",
                         "more than %d different buffers with transforms in all rules", RULESET_VIEWS_MAX);
            return false;
        }
    }
    return true;
}

/* ---- one rule ---- */

static struct rs_opt option_of(struct compiler *c, const struct option *o)
{
    struct rs_opt out = { .kind = (uint16_t)o->kind, .flags = (uint16_t)o->flags, .offset = o->offset,
                          .depth = o->depth, .distance = o->distance, .within = o->within,
                          .low = o->low, .high = o->high };
    if (o->kind == OPT_TABLE)
        out.number = c->dataset_table[o->dataset] - 1;
    if (o->kind == OPT_PCRE) {
        struct rs_pcre re = { text_put(c, o->text), o->pcre_flags, 0 };
        out.number = part_put(c, PART_PCRES, &re, 1);
    }
    if (o->kind == OPT_CONTENT && o->flags & OPT_NOCASE) {
        uint8_t *lower = keep_take(&c->rules->keep, o->text.n);
        for (size_t i = 0; i < o->text.n; i++)
            lower[i] = ascii_lower(o->text.p[i]);
        out.text = text_put(c, (struct span){ lower, o->text.n });
    } else if (o->kind == OPT_CONTENT) {
        out.text = text_put(c, o->text);
    }
    return out;
}

/* Options by view, in the order in which the rule first names them. */
static struct rs_range put_groups(struct compiler *c, const struct rule *r)
{
    struct rs_group groups[RULESET_OPTS_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n_opts; i++) {
        uint32_t view = view_put(c, r->opts[i].view), g = 0;
        while (g < n && groups[g].view != view)
            g++;
        if (g < n)
            continue;
        groups[n] = (struct rs_group){ view, { (uint32_t)c->part[PART_OPTS].n, 0 } };
        for (uint32_t k = i; k < r->n_opts; k++)
            if (view_put(c, r->opts[k].view) == view) {
                struct rs_opt o = option_of(c, &r->opts[k]);
                part_put(c, PART_OPTS, &o, 1);
                groups[n].opts.n++;
            }
        n++;
    }
    return (struct rs_range){ part_put(c, PART_GROUPS, groups, n), n };
}

/* A body that still grows may yet get what must not be in it, or another size or end. */
static bool needs_whole_body(const struct rule *r)
{
    for (uint32_t i = 0; i < r->n_opts; i++) {
        const struct option *o = &r->opts[i];
        bool body = o->view.buffer == BUF_FILE_DATA || o->view.buffer == BUF_HTTP_REQUEST_BODY ||
                    o->view.buffer == BUF_HTTP_RESPONSE_BODY;
        if (body && (o->kind == OPT_SIZE || o->kind == OPT_TABLE || o->flags & (OPT_NOT | OPT_ENDS) ||
                     o->view.n_transforms > 0))
            return true;
    }
    return false;
}

static void put_rule(struct compiler *c, const struct rule *r)
{
    struct rs_rule out = {
        .sid = r->sid,
        .gid = r->gid,
        .rev = r->rev,
        .action = (uint8_t)r->action,
        .severity = r->severity,
        .flags = (uint8_t)(r->flags | (needs_whole_body(r) ? RULE_WHOLE_BODY : 0)),
        .proto = r->proto,
        .triggers = (uint16_t)r->triggers,
        .flow = r->flow,
        .limit = (uint8_t)r->limit,
        .track = (uint8_t)r->track,
        .limit_count = r->limit_count,
        .limit_seconds = r->limit_seconds,
        .src = addr_set_put(c, r->src),
        .dst = addr_set_put(c, r->dst),
        .sport = port_set_put(c, r->sport),
        .dport = port_set_put(c, r->dport),
        .msg = text_put_str(c, r->msg),
        .category = text_put_str(c, r->category),
        .classtype = text_put_str(c, r->classtype),
        .app_proto = text_put_str(c, r->app_proto),
        .file = text_put_str(c, r->file),
        .line = r->line,
    };
    out.metadata = (struct rs_range){ (uint32_t)c->part[PART_KVS].n, r->n_metadata };
    for (uint32_t i = 0; i < r->n_metadata; i++) {
        struct rs_kv kv = { text_put(c, r->metadata[i].key), text_put(c, r->metadata[i].value) };
        part_put(c, PART_KVS, &kv, 1);
    }
    out.references = (struct rs_range){ (uint32_t)c->part[PART_KVS].n, r->n_references };
    for (uint32_t i = 0; i < r->n_references; i++) {
        struct rs_kv kv = { text_put(c, r->references[i].key), text_put(c, r->references[i].value) };
        part_put(c, PART_KVS, &kv, 1);
    }
    out.bits = (struct rs_range){ (uint32_t)c->part[PART_BITS].n, r->n_bits };
    for (uint32_t i = 0; i < r->n_bits; i++) {
        struct rs_bit b = { .op = (uint16_t)r->bits[i].op, .where = (uint16_t)r->bits[i].where,
                            .bits = r->bits[i].bits, .seconds = r->bits[i].seconds };
        part_put(c, PART_BITS, &b, 1);
    }
    out.groups = put_groups(c, r);
    uint32_t index = part_put(c, PART_RULES, &out, 1);
    keys_choose(c, r, index);
}

static int put_rules(struct compiler *c)
{
    const struct rule **order = calloc(c->rules->n + 1, sizeof(struct rule *));
    if (order == NULL)
        return error_set(c->err, "no memory for %u rules", c->rules->n);
    for (uint32_t i = 0; i < c->rules->n; i++)
        order[i] = &c->rules->v[i];
    qsort(order, c->rules->n, sizeof(struct rule *), by_order);
    for (uint32_t i = 0; i < c->rules->n; i++) {
        if (usable(c, order[i]))
            put_rule(c, order[i]);
        else
            c->stats->refused++;
    }
    free(order);
    c->stats->rules = (uint32_t)c->part[PART_RULES].n;
    return 0;
}

/* ---- the image ---- */

static int write_image(struct compiler *c, void **image, size_t *n)
{
    if (c->failed)
        return error_set(c->err, "the rules are too many for one image");
    struct rs_head head = { .magic = RULESET_MAGIC, .version = RULESET_VERSION,
                            .n_bits = c->rules->n_bit_names };
    uint64_t at = (sizeof head + 63) & ~63ULL;
    for (unsigned i = 0; i < PART_COUNT; i++) {
        head.part[i] = (struct rs_part){ at, c->part[i].n };
        at = (at + c->part[i].n * c->part[i].size + 63) & ~63ULL;
    }
    head.size = at;
    uint8_t *out = aligned_alloc(64, at);
    if (out == NULL)
        return error_set(c->err, "no memory for an image of %llu bytes", (unsigned long long)at);
    memset(out, 0, at);
    for (unsigned i = 0; i < PART_COUNT; i++)
        if (c->part[i].n > 0)
            memcpy(out + head.part[i].at, c->part[i].v, c->part[i].n * c->part[i].size);
    memcpy(out, &head, sizeof head);
    *image = out;
    *n = at;
    c->stats->image_size = at;
    return 0;
}

int rules_compile(struct rules *r, compile_list_refusal *told, void *ctx, void **image, size_t *n,
                  struct compile_stats *stats, struct error *err)
{
    struct compile_stats none = { 0 };
    struct compiler c = { .rules = r, .stats = stats != NULL ? stats : &none, .err = err };
    *c.stats = (struct compile_stats){ 0 };
    c.dataset_table = calloc(r->n_datasets + 1, sizeof *c.dataset_table);
    if (c.dataset_table == NULL)
        return error_set(err, "no memory for the rules");
    for (unsigned i = 0; i < PART_COUNT; i++)
        part_put(&c, (enum ruleset_part)i, NULL, 0);
    part_put(&c, PART_TEXT, "", 1);
    load_datasets(&c, told, ctx);
    int rc = put_rules(&c);
    if (rc == 0)
        rc = probes_build(&c);
    if (rc == 0)
        rc = write_image(&c, image, n);
    for (unsigned i = 0; i < PART_COUNT; i++)
        free(c.part[i].v);
    free(c.keys);
    free(c.text_index);
    free(c.texts);
    free(c.dataset_table);
    return rc;
}
