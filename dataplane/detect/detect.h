#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H
/* Facts in, hits out. One per worker; it owns all scratch memory, so nothing is allocated while
 * packets run.
 *
 * A rule is evaluated at the first fact by which all of its buffers are known. It hits once for
 * each thing that it finds in a flow: a listed entry where a list decided, else the transaction.
 * So a second listed package on the same keep-alive connection hits, a repeated one does not. */
#include "api/config.h"
#include "api/detect_flow.h"
#include "api/meta.h"
#include "api/ruleset.h"
#include "detect/table.h"
#include "app/field.h"
#include "base/error.h"

struct detect;

/* What stands about a rule in an event. Spans lead into the rule set. */
struct rule_info {
    uint32_t index;                 /* in the rule set; goes into struct verdict */
    uint32_t sid, gid, rev;
    uint8_t severity;
    enum rule_action action;
    bool noalert;
    struct span msg, category, classtype;
    const struct ruleset *rs;       /* text of the pairs below */
    const struct rs_kv *metadata, *references;
    uint32_t n_metadata, n_references;
};

struct rule_info rule_info_of(const struct ruleset *rs, uint32_t index);

struct detect_hit {
    struct rule_info rule;
    struct span thing;              /* the listed value or "name@version"; empty: the transaction */
    struct span list;               /* name of the list that decided; empty without one */
    const struct table *table;      /* and its entry: table_column_name() and table_cell() tell what */
    uint32_t entry;                 /* is known of it; TABLE_NONE without a list */
    bool suppressed;                /* a threshold holds the alert back; a drop is still carried out */
    bool has_tx;
    uint32_t tx;
    enum dir dir;
};

typedef void detect_hit_fn(void *ctx, const struct detect_hit *hit);

/* rs must outlive it. */
struct detect *detect_open(const struct ruleset *rs, const struct config *c, struct error *err);
void detect_close(struct detect *d);

/* From now on d knows of hosts what `other` knows; to be called before either runs. `other` must
 * outlive the packets of d. */
void detect_share_hosts(struct detect *d, const struct detect *other);

/* Changes to another rule set between batches: keeps thresholds. What flows remember stays valid.
 * On -1 the old one is still in use. */
int detect_reload(struct detect *d, const struct ruleset *rs, struct error *err);

void detect_fact(struct detect *d, const struct meta *m, struct detect_flow *df,
                 const struct fact *f, detect_hit_fn *hit, void *ctx);

/* Rules of addresses, ports and protocol alone. A packet owes a call when detect_flow_due() says
 * so: the first of each direction, and again the first of each once the flow is established. */
void detect_flow_start(struct detect *d, const struct meta *m, struct detect_flow *df,
                       detect_hit_fn *hit, void *ctx);

static inline bool detect_flow_due(const struct detect_flow *df, enum dir dir, bool established)
{
    return (df->asked >> (dir + 2 * established) & 1) == 0;
}

/* Rules of app-layer-protocol without a buffer: once per flow, when m->app_proto is known. */
void detect_app(struct detect *d, const struct meta *m, struct detect_flow *df, detect_hit_fn *hit, void *ctx);

/* Without flow-level rules, detect_flow_start need never be called. */
bool detect_wants_flows(const struct detect *d);
bool detect_wants(const struct detect *d, enum fact_kind kind);
bool detect_wants_bodies(const struct detect *d, enum dir dir);

struct detect_stats {
    uint64_t facts, candidates, verified, hits, repeated, passed, suppressed;
    uint64_t values_too_long;       /* a transform's result did not fit the scratch memory */
    uint64_t gave_up;               /* evaluations that met their limit of work: no match */
};
const struct detect_stats *detect_stats(struct detect *d);

#endif
