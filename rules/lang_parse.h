#ifndef RULES_LANG_PARSE_H
#define RULES_LANG_PARSE_H
/* What the files of the parser share. */
#include "rules/lang.h"

/* One rule, its continued lines joined. Positions in refusals come from where a byte stood. */
struct parser {
    struct rules *rules;
    const struct lang_vars *vars;
    const char *file;
    struct span text;               /* the whole rule, joined */
    struct { uint32_t at, line, column; } joins[256];   /* where pieces of it began */
    unsigned n_joins;
    struct rule rule;
    /* while options are read */
    struct view view;               /* the sticky buffer in force, BUF_NONE without */
    uint32_t view_used;             /* options since it was chosen */
    int last_content;               /* index of the option that modifiers change, -1 */
    bool has_priority, has_sid;
    bool refused;
};

/* Always false, so that a parser can `return refuse(...)`. `at` points into p->text. */
bool refuse(struct parser *p, const uint8_t *at, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- words ---- */

struct span text_trim(struct span s);               /* blanks and line ends, both sides */
/* Cuts the part before `c` off *s (all of it when there is none), trimmed. */
struct span text_cut(struct span *s, uint8_t c);
bool text_number(struct span s, uint32_t max, uint32_t *out);       /* decimal, nothing else */
bool text_signed(struct span s, int32_t *out);                      /* within +-65535 */
/* Takes quotes off; false when there are none or they don't match. */
bool text_quoted(struct span *s);
/* Content bytes: \\ \" \: \; and |hex|. */
bool text_bytes(struct parser *p, struct span s, struct span *out);

/* ---- by noun ---- */

bool lang_addresses(struct parser *p, struct span s, const struct addr_set **out);
bool lang_ports(struct parser *p, struct span s, const struct port_set **out);
void lang_cache_free(struct rules *r);

bool lang_option(struct parser *p, struct span name, struct span value, bool has_value);
bool lang_meta_option(struct parser *p, struct span name, struct span value, bool has_value, bool *known);
bool lang_state_option(struct parser *p, struct span name, struct span value, bool has_value, bool *known);
bool lang_payload_option(struct parser *p, struct span name, struct span value, bool has_value, bool *known);
bool lang_flowbits(struct parser *p, struct span value);
bool lang_xbits(struct parser *p, struct span value);
bool lang_hostbits(struct parser *p, struct span value);
bool lang_pcre(struct parser *p, struct span value);
bool lang_dataset(struct parser *p, struct span value);
struct option *lang_add(struct parser *p, enum opt_kind kind, struct span at);

/* What is known of a buffer. */
struct buffer_info {
    enum buffer buffer;
    enum rule_app app;
    enum trigger trigger;           /* the first fact that has it */
    bool both_ways;                 /* the response has one of its own */
    const char *name, *modifier, *alias;    /* http.uri, http_uri (after a content), tls_sni (sticky) */
};
const struct buffer_info *buffer_info(enum buffer b);
const struct buffer_info *buffer_by_name(struct span name, bool *is_modifier);
bool transform_by_name(struct span name, enum transform *out);

struct class_info { const char *name, *text; uint8_t severity; };
const struct class_info *class_by_name(struct span name);
const char *reference_prefix(struct span system);   /* NULL: unknown */

/* Once all options are read: what kind of rule this is, and whether it holds together. */
/* Joins startswith, depth and offset, and marks what the next option counts from. */
bool lang_places(struct parser *p);

bool lang_settle(struct parser *p);

#endif
