/* The first byte says which kind of list the rest is. Whatever it is, the table that comes out is
 * sound, and finds each of its own keys. */
#include "detect/table.h"
#include "rules/list.h"

#include <stdlib.h>

static void own_keys_are_found(const struct table *t)
{
    for (uint32_t e = 0; e < t->head->n_entries; e++) {
        struct span key = table_key(t, e);
        uint32_t found = e;
        if (table_kind(t) == TABLE_DOMAIN)
            found = table_domain(t, key);
        else if (table_kind(t) != TABLE_NPM && table_kind(t) != TABLE_ADDRESS)
            found = table_string(t, key);
        if (found != e)
            abort();
        for (uint32_t c = 0; c < table_columns(t); c++)
            table_cell(t, e, c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct list_counts counts;
    struct error why;
    struct table t;
    size_t n;
    enum table_kind kind = (enum table_kind)(TABLE_DOMAIN + data[0] % 7);
    void *block = list_parse((struct span){ data + 1, size - 1 }, "fuzz", kind, NULL, NULL, &counts,
                             &n, &why);
    if (block == NULL)
        return 0;
    if (table_check(block, n) != NULL || counts.taken + counts.refused > counts.lines)
        abort();
    table_open(&t, block);
    own_keys_are_found(&t);
    free(block);
    return 0;
}
