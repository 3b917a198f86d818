#ifndef DETECT_VERIFY_H
#define DETECT_VERIFY_H
/* The whole truth about a candidate: every option of a rule, with Suricata's meaning. */
#include "detect/table.h"
#include "detect/value.h"

struct verifier;

/* Compiles the set's regular expressions. */
struct verifier *verifier_open(const struct ruleset *rs, struct error *err);
void verifier_close(struct verifier *v);

/* The list entry that decided, for the report. */
struct found { uint32_t table, entry; struct span value; };    /* entry TABLE_NONE: no list */

/* Do all options of the rule hold? Flow, header and flowbits are not looked at. */
bool verify_rule(struct verifier *v, struct values *values, const struct rs_rule *r, struct found *found);

/* One group of options over one value: what verify_rule is made of. */
bool verify_group(struct verifier *v, const struct scene *s, const struct rs_group *g, struct span value,
                  struct found *found);

const struct table *verifier_tables(const struct verifier *v);
uint64_t verifier_gave_up(const struct verifier *v);    /* evaluations that met their limit of work */

#endif
