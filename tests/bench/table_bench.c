/* How long a list takes to become a table, how large it is, and what a look-up costs.
 *     build/bench/table_bench LIST [NAMES]: a list of domains; names to look up, else the list's. */
#include "detect/table.h"
#include "rules/file.h"
#include "rules/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NAMES_MAX = 2000000, ROUNDS = 3 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct list_counts counts;
    struct error why;
    size_t size;
    struct span text;
    double start = now();
    void *block = argc > 1 ? list_load(argv[1], TABLE_DOMAIN, NULL, NULL, &counts, &size, &why) : NULL;
    if (block == NULL || file_read(argv[argc > 2 ? 2 : 1], &text, &why) != 0) {
        fprintf(stderr, "%s\n", argc > 1 ? why.text : "usage: table_bench LIST [NAMES]");
        return 1;
    }
    double built = now();
    const char *bad = table_check(block, size);
    double checked = now();
    struct table t;
    table_open(&t, block);
    printf("%u taken, %u refused, %u keys: built in %.0f ms, checked in %.0f ms (%s), %.1f MiB, longest way %u\n",
           counts.taken, counts.refused, t.head->n_keys, (built - start) * 1e3, (checked - built) * 1e3,
           bad != NULL ? bad : "sound", (double)size / 1048576, t.head->probes);

    struct span *names = malloc(NAMES_MAX * sizeof *names);
    size_t n = 0, hits = 0;
    for (struct span rest = text; rest.n > 0 && n < NAMES_MAX;) {
        names[n] = span_sub(rest, 0, span_find(rest, '\n'));
        rest = span_sub(rest, names[n].n + 1, rest.n);
        n += names[n].n > 0;
    }
    for (size_t i = n; i > 1; i--) {        /* in no order, as traffic comes */
        size_t j = (size_t)random() % i;
        struct span s = names[i - 1];
        names[i - 1] = names[j];
        names[j] = s;
    }
    uint8_t *copy = malloc(text.n + 1);     /* a name that is looked up was just parsed: it is near */
    for (size_t i = 0, at = 0; i < n; at += names[i++].n) {
        memcpy(copy + at, names[i].p, names[i].n);
        names[i].p = copy + at;
    }
    start = now();
    for (int r = 0; r < ROUNDS; r++)
        for (size_t i = 0; i < n; i++)
            hits += table_domain(&t, names[i]) != TABLE_NONE;
    printf("%zu names, %zu listed: %.0f ns each\n", n, hits / ROUNDS, (now() - start) * 1e9 / (double)(n * ROUNDS));
    free(copy);
    free(names);
    file_free(text);
    free(block);
    return 0;
}
