/* Three lines: two versions and a range. The order is one (what is before is not after), and a
 * range says the same as its comparators. */
#include "base/semver.h"

#include <stdlib.h>

static struct span line(struct span *rest)
{
    struct span l = span_sub(*rest, 0, span_find(*rest, '\n'));
    *rest = span_sub(*rest, l.n + 1, rest->n);
    return l;
}

static int sign(int v) { return (v > 0) - (v < 0); }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = { data, size };
    struct span ta = line(&rest), tb = line(&rest);
    struct semver a, b;
    bool valid = semver_range_valid(rest);
    if (!semver_parse(ta, &a) || !semver_parse(tb, &b))
        return 0;
    if (sign(semver_order(&a, &b)) != -sign(semver_order(&b, &a)) || semver_order(&a, &a) != 0)
        abort();
    if (span_eq(ta, tb) && semver_order(&a, &b) != 0)
        abort();
    bool in = semver_in_range(&a, rest);
    if (in && !valid && span_find(rest, '|') == rest.n)
        abort();
    return 0;
}
