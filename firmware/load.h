#ifndef FIRMWARE_LOAD_H
#define FIRMWARE_LOAD_H
/* Rules from files to a rule set that the dataplane can use. */
#include "firmware/options.h"

#include "api/ruleset.h"

struct loaded_rules {
    struct ruleset rs;
    void *image;
    unsigned rules, refused;
};

/* Reads o->rules, or the shipped rules when there are none. Refusals are named on stderr (all of
 * them with -v or -T, else their number and the first ones). -1: nothing could be loaded. */
int load_rules(const struct options *o, const struct config *cfg, struct loaded_rules *out,
               struct error *e);
void load_free(struct loaded_rules *l);

#endif
