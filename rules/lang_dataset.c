/* dataset:isset,name,type string,load FILE. The list itself is read by rules/list when the rules
 * are compiled, once for all rules that name it. */
#include "rules/lang_parse.h"

static int clip(struct span s) { return (int)(s.n < 60 ? s.n : 60); }

static bool kind_by_name(struct span s, enum table_kind *out)
{
    static const struct { const char *name; enum table_kind kind; } known[] = {
        { "string", TABLE_STRING }, { "md5", TABLE_MD5 }, { "sha1", TABLE_SHA1 }, { "sha256", TABLE_SHA256 },
        { "ip", TABLE_ADDRESS }, { "ipv4", TABLE_ADDRESS }, { "ipv6", TABLE_ADDRESS },
        { "domain", TABLE_DOMAIN }, { "npm", TABLE_NPM },
    };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (span_is(s, known[i].name)) {
            *out = known[i].kind;
            return true;
        }
    return false;
}

/* Relative to the folder of the rule file. */
static const char *path_of(struct parser *p, struct span file)
{
    const char *slash = strrchr(p->file, '/');
    size_t n = slash != NULL && file.n > 0 && file.p[0] != '/' ? (size_t)(slash - p->file) + 1 : 0;
    char *path = keep_take(&p->rules->keep, n + file.n + 1);
    memcpy(path, p->file, n);
    memcpy(path + n, file.p, file.n);
    return path;
}

/* A dataset of that name may be declared once and used by name alone from then on. */
static int find_dataset(const struct rules *r, struct span name)
{
    for (uint32_t i = 0; i < r->n_datasets; i++)
        if (span_is(name, r->datasets[i].name))
            return (int)i;
    return -1;
}

static bool accepts(enum table_kind kind, const struct view *v)
{
    if (kind == TABLE_NPM)
        return (v->buffer == BUF_NPM_PACKAGE || v->buffer == BUF_NPM_SPEC) && v->n_transforms == 0;
    bool ip = v->buffer == BUF_IP_SRC || v->buffer == BUF_IP_DST;
    return ip == (kind == TABLE_ADDRESS) && (!ip || v->n_transforms == 0);
}

struct words { struct span command, name, type, load; bool has_type, has_load; };

static bool read_words(struct parser *p, struct span s, struct words *w)
{
    w->command = text_cut(&s, ',');
    w->name = text_cut(&s, ',');
    while (s.n > 0) {
        struct span value = text_cut(&s, ','), key = text_cut(&value, ' ');
        value = text_trim(value);
        if (span_is(key, "type")) {
            w->type = value;
            w->has_type = true;
        } else if (span_is(key, "load")) {
            w->load = value;
            w->has_load = true;
        } else if (span_is(key, "save")) {
            return refuse(p, key.p, "use load", "sets that rules fill and save are not supported");
        } else if (!span_is(key, "state") && !span_is(key, "memcap") && !span_is(key, "hashsize")) {
            return refuse(p, key.p, "use type, load, state, memcap, hashsize", "unknown word '%.*s'", clip(key),
                          (const char *)key.p);
        } else if (span_is(key, "state") && !w->has_load) {
            w->load = value;            /* a saved state is a list as any other */
            w->has_load = true;
        }
    }
    return true;
}

static bool declare(struct parser *p, const struct words *w, int *set)
{
    struct rules *r = p->rules;
    enum table_kind kind;
    *set = find_dataset(r, w->name);
    if (*set >= 0 && !w->has_type && !w->has_load)
        return true;
    if (!w->has_type || !kind_by_name(w->type, &kind))
        return refuse(p, w->name.p, "write type string, md5, sha1, sha256, ip, domain or npm",
                      "dataset '%.*s' has no known type", clip(w->name), (const char *)w->name.p);
    if (!w->has_load || w->load.n == 0)
        return refuse(p, w->name.p, "write load FILE", "dataset '%.*s' names no file", clip(w->name),
                      (const char *)w->name.p);
    const char *path = path_of(p, w->load);
    if (*set >= 0 && (r->datasets[*set].kind != kind || strcmp(r->datasets[*set].path, path) != 0))
        return refuse(p, w->name.p, "give it a name of its own", "dataset '%.*s' was declared otherwise before",
                      clip(w->name), (const char *)w->name.p);
    if (*set >= 0)
        return true;
    if (r->n_datasets == RULESET_TABLES_MAX)
        return refuse(p, w->name.p, "use fewer", "more than %d datasets", RULESET_TABLES_MAX);
    r->datasets = keep_grow(&r->keep, r->datasets, r->n_datasets, sizeof *r->datasets);
    r->datasets[r->n_datasets] = (struct dataset){ keep_text(&r->keep, w->name.p, w->name.n), path, kind };
    *set = (int)r->n_datasets++;
    return true;
}

bool lang_dataset(struct parser *p, struct span s)
{
    struct words w = { 0 };
    if (!read_words(p, s, &w))
        return false;
    bool negated = span_is(w.command, "isnotset");
    if (!negated && !span_is(w.command, "isset"))
        return refuse(p, w.command.p, "use isset or isnotset", "dataset command '%.*s' is not supported",
                      clip(w.command), (const char *)w.command.p);
    if (w.name.n == 0)
        return refuse(p, s.p, "write dataset:isset,name,type domain,load FILE", "a dataset without a name");
    int set;
    if (!declare(p, &w, &set))
        return false;
    enum table_kind kind = p->rules->datasets[set].kind;
    if (p->view.buffer == BUF_NONE)
        return refuse(p, s.p, "put it after a sticky buffer such as dns.query;", "a dataset without a buffer");
    if (!accepts(kind, &p->view))
        return refuse(
            p, s.p, "npm needs npm.package or npm.spec, ip needs ip.src or ip.dst, and no transform",
            "dataset '%.*s' has a type that does not fit the buffer", clip(w.name), (const char *)w.name.p);
    struct option *o = lang_add(p, OPT_TABLE, s);
    if (o == NULL)
        return false;
    o->dataset = (uint32_t)set;
    o->flags = negated ? OPT_NOT : 0;
    return true;
}
