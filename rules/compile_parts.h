#ifndef RULES_COMPILE_PARTS_H
#define RULES_COMPILE_PARTS_H
/* What the files of the compiler share: the growing parts of an image. */
#include "rules/compile.h"

struct part { uint8_t *v; uint64_t n, room, size; };     /* elements; size: bytes of one */

/* Why a rule is a candidate, before the probes are built. */
enum key_kind { KEY_LITERAL, KEY_REGEX, KEY_TAIL, KEY_TABLE, KEY_SOURCE, KEY_DESTINATION, KEY_ALWAYS };

struct key {
    uint32_t trigger, view;
    enum key_kind kind;
    uint32_t flags;                 /* Hyperscan's; for tables: the table */
    struct span bytes;              /* literal; regular expression with a terminating zero */
    bool starts, ends;              /* literal: bound to the value's start, end */
    const struct addr_set *addresses;   /* KEY_SOURCE, KEY_DESTINATION */
    uint32_t rule;
};

struct compiler {
    struct rules *rules;
    struct part part[PART_COUNT];
    struct key *keys;
    uint64_t n_keys, keys_room;
    uint32_t *text_index, n_text_index, n_texts;    /* interned strings: offsets + 1 into `texts` */
    struct rs_text *texts;
    uint32_t *dataset_table;        /* by dataset: table number + 1, 0: could not be read */
    struct compile_stats *stats;
    struct error *err;
    bool failed;
};

/* Appends n elements; returns the number of the first. */
uint32_t part_put(struct compiler *c, enum ruleset_part part, const void *v, uint64_t n);
struct rs_text text_put(struct compiler *c, struct span s);     /* equal texts are stored once */
struct rs_text text_put_str(struct compiler *c, const char *s);
uint64_t blob_put(struct compiler *c, const void *v, size_t n); /* 64-byte aligned offset */

uint32_t view_put(struct compiler *c, struct view v);           /* RULESET_NO_VIEW: there are too many */
uint32_t addr_set_put(struct compiler *c, const struct addr_set *s);    /* number + 1, 0 for any */
uint32_t port_set_put(struct compiler *c, const struct port_set *s);

/* Chooses what makes rule number `index` a candidate, for each of its triggers. */
void keys_choose(struct compiler *c, const struct rule *r, uint32_t index);
/* Builds the probes out of all keys. */
int probes_build(struct compiler *c);
/* Is the set so small that looking an address up says something? */
bool spans_worth(const struct addr_set *s);
/* Keys [0, n) as sorted, disjoint spans, each with its rules. False when they overlap too much to
 * be worth it; then nothing was put. */
bool spans_build(struct compiler *c, const struct key *keys, uint64_t n, struct rs_range *out);
/* A database of keys [0, n), ids their indexes; empty when there is nothing to compile. */
int database_build(struct compiler *c, const struct key *keys, uint32_t n, uint64_t *at, uint64_t *size);
/* Whether Hyperscan takes this expression as a prefilter. */
bool database_takes(const char *expression, uint32_t flags);
uint32_t database_flags(uint32_t pcre_flags);

#endif
