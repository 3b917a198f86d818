#ifndef DETECT_DETECT_PARTS_H
#define DETECT_DETECT_PARTS_H
/* What the files of the matcher share: detect.c opens and is called, probe.c finds candidates,
 * hit.c decides and tells. */
#include "detect/candidate.h"
#include "detect/detect.h"
#include "detect/host_bits.h"
#include "detect/match.h"
#include "detect/seen.h"
#include "detect/sieve.h"
#include "detect/threshold.h"
#include "detect/value.h"
#include "detect/verify.h"

struct detect {
    const struct ruleset *rs;
    uint32_t first[TRIG_COUNT + 1];     /* probes of trigger t: first[t] .. first[t + 1] - 1 */
    bool looks_at_names;                /* some rule looks into tls.subjectaltname */
    struct matcher *matcher;
    struct verifier *verifier;
    struct candidates candidates;
    struct sieve sieve;
    struct values values;
    struct scene scene;
    struct seen seen;
    struct threshold threshold;
    struct host_bits *host_bits;        /* own_host_bits, or those of another worker */
    struct host_bits own_host_bits;
    struct detect_stats stats;
};

/* One call from the pipeline. */
struct call {
    struct detect *d;
    struct detect_flow *df;
    detect_hit_fn *hit;
    void *ctx;
};

/* Adds the rules that this probe finds worth a full evaluation. */
void run_probe(struct detect *d, uint32_t index);

/* Evaluates one rule and tells of it; false when a pass rule ended it. */
bool try_rule(struct call *c, uint32_t index);

/* Does what is looked at belong to an HTTP transaction? */
static inline bool has_tx(const struct scene *s)
{
    return s->trigger >= TRIG_REQUEST && s->trigger <= TRIG_RESPONSE_BODY;
}

#endif
