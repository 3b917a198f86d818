#ifndef RULES_LANG_H
#define RULES_LANG_H
/* The rule language: Suricata's syntax, the part of it that we have. Text in, rules out. What we do
 * not have, or can't make sense of, is refused by file, line and column with a reason and a remedy,
 * and the rest of the file loads. */
#include "api/ruleset.h"
#include "api/table.h"
#include "rules/keep.h"

/* ---- what a rule says ---- */

enum rule_app { RULE_NONE, RULE_HTTP, RULE_TLS, RULE_DNS, RULE_QUIC, RULE_NPM };

struct addr_set { struct rs_addr_range *v; uint32_t n; };   /* sorted, disjoint; n 0: any */
struct port_set { struct rs_port_range *v; uint32_t n; };

struct view { uint8_t buffer, n_transforms, transforms[RULESET_TRANSFORMS_MAX]; };

struct dataset { const char *name, *path; enum table_kind kind; };

struct option {
    enum opt_kind kind;
    unsigned flags;                 /* OPT_* */
    struct view view;
    struct span text;               /* content, as bytes; pcre: the pattern */
    int32_t offset, depth, distance, within;
    uint32_t low, high, pcre_flags;
    bool fast, fast_only;           /* fast_pattern, also with :only */
    uint16_t chop_at, chop_n;       /* fast_pattern:at,n; n 0: whole */
    uint32_t dataset;               /* index in struct rules */
    uint32_t column;                /* where it stood, for refusals */
};

struct rule {
    uint32_t sid, gid, rev, line;
    const char *file;
    enum rule_action action;
    uint8_t severity, proto, flow, flags;       /* proto: IPPROTO_*, 0 any */
    enum rule_app app;
    unsigned triggers;                          /* 1 << enum trigger */
    const struct addr_set *src, *dst;           /* NULL: any */
    const struct port_set *sport, *dport;
    const char *msg, *classtype, *category, *app_proto;
    struct { struct span key, value; } *metadata, *references;
    uint32_t n_metadata, n_references;
    struct { enum bit_op op; enum bit_where where; uint32_t bits, seconds; } *bits;   /* as in struct rs_bit */
    uint32_t n_bits;
    enum threshold_type limit;
    enum threshold_track track;
    uint32_t limit_count, limit_seconds;
    struct option *opts;
    uint32_t n_opts;
};

struct refusal {
    const char *file;
    uint32_t line, column;          /* 1-based; column in bytes */
    uint32_t sid;                   /* 0: not known */
    const char *reason, *remedy;    /* "unknown keyword 'byte_jump'", "remove it, or ..." */
};

struct rules {
    struct keep keep;
    struct rule *v;
    uint32_t n;
    struct refusal *refusals;
    uint32_t n_refusals;
    struct dataset *datasets;
    uint32_t n_datasets;
    const char **bit_names;         /* flowbits by number */
    uint32_t n_bit_names;
    struct lang_cache *cache;       /* address expressions that were read before */
    uint32_t *by_sid;               /* hash of (gid, sid) to rule number + 1 */
    uint32_t n_by_sid;
};

/* ---- variables ---- */

struct lang_vars {
    struct { char name[32]; char value[512]; } v[48];
    unsigned n;
};

/* Suricata's: HOME_NET (RFC 1918 unless `home_net` says otherwise), EXTERNAL_NET !$HOME_NET,
 * HTTP_PORTS and the rest. */
void lang_vars_default(struct lang_vars *vars, const char *home_net);
/* Replaces or adds; false when there is no room. */
bool lang_vars_set(struct lang_vars *vars, const char *name, const char *value);

/* ---- reading ---- */

/* Adds the rules of a text. `file` names it in refusals; files it names are looked for in the
 * folder of `file`. */
void rules_parse(struct rules *r, const struct lang_vars *vars, const char *file, struct span text);

/* A `.rules` file or a folder of them (in order of their names). -1 when it can't be read. */
int rules_load(struct rules *r, const struct lang_vars *vars, const char *path, struct error *err);

void rules_free(struct rules *r);

/* Reports what later steps refuse about a rule, and takes it out of the set at the end of it all. */
void rules_refuse(struct rules *r, const struct rule *rule, uint32_t column, const char *remedy,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
