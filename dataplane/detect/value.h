#ifndef DETECT_VALUE_H
#define DETECT_VALUE_H
/* A view's bytes: buffer and transforms, worked out at most once for each fact and instance. */
#include "detect/buffer.h"

struct values {
    const struct ruleset *rs;
    const struct scene *scene;
    struct scratch mem;
    uint32_t epoch;
    struct { uint32_t epoch; bool there; struct span bytes; } slot[RULESET_VIEWS_MAX];
};

/* Everything worked out before is forgotten. */
void values_begin(struct values *v, const struct scene *s);
bool value_get(struct values *v, uint32_t view, struct span *out);

#endif
