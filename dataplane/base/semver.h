#ifndef BASE_SEMVER_H
#define BASE_SEMVER_H
/* Versions by Semantic Versioning 2.0.0 (semver.org): strict form, order, and ranges made of
 * comparators. Numbers may be of any length: they are compared as digits. */
#include "base/cursor.h"

struct semver {
    struct span number[3];          /* major, minor, patch: digits without leading zeros */
    struct span pre;                /* "rc.1" of 1.0.0-rc.1+b2; empty when it has none */
    struct span build;              /* "b2"; has no part in the order */
};

/* Spans point into `text`. False when it is not a version. */
bool semver_parse(struct span text, struct semver *out);

/* Below, at or above zero as a comes before, with or after b (SemVer 11). */
int semver_order(const struct semver *a, const struct semver *b);

/* A range is comparators `<op><version>` between blanks that must all hold (op: < <= = >= >), and
 * alternatives between `||`. The order is SemVer's own: 1.0.0-rc.1 is in ">=0.9.0 <1.0.0". */
bool semver_range_valid(struct span range);
bool semver_in_range(const struct semver *version, struct span range);

#endif
