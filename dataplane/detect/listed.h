#ifndef DETECT_LISTED_H
#define DETECT_LISTED_H
/* Is this value on that list? What is looked up depends on the list's kind: a name, a package with
 * its version, a digest as bytes or as text, an address of the packet. */
#include "detect/scene.h"
#include "detect/table.h"

/* The entry, or TABLE_NONE. `value` is not used for packages and addresses; for an address,
 * `of_source` says whose. */
uint32_t listed(const struct table *t, const struct scene *s, struct span value, bool of_source);

/* The same for one value and many lists: what all lists of a kind need is made once. */
enum asked_may { ASKED_NOT, ASKED_NO, ASKED_YES };      /* of the sieve */

struct asked {
    const struct scene *scene;
    struct span value;
    bool of_source, has_name, has_addr;
    enum asked_may name_may, addr_may;
    struct table_name name;
    struct table_addr addr;
};

static inline void asked_set(struct asked *a, const struct scene *s, struct span value, bool of_source)
{
    a->scene = s;
    a->value = value;
    a->of_source = of_source;
    a->has_name = a->has_addr = false;
    a->name_may = a->addr_may = ASKED_NOT;
}

static inline struct table_name *asked_name(struct asked *a)
{
    if (!a->has_name)
        table_name_set(&a->name, a->value);
    a->has_name = true;
    return &a->name;
}

static inline struct table_addr *asked_addr(struct asked *a)
{
    if (!a->has_addr)
        table_addr_set(&a->addr, a->of_source ? &a->scene->src : &a->scene->dst);
    a->has_addr = true;
    return &a->addr;
}

uint32_t asked_listed(const struct table *t, struct asked *a);

#endif
