/* A block from a broken or hostile process: either it is refused, or every look-up stays inside and
 * names an entry that exists. The first 16 bytes are what is looked up. */
#include "detect/table.h"

#include <stdlib.h>

enum { ASKED = 16 };

static void in_range(const struct table *t, uint32_t entry)
{
    if (entry != TABLE_NONE && entry >= t->head->n_entries)
        abort();
    if (entry == TABLE_NONE)
        return;
    table_key(t, entry);
    for (uint32_t c = 0; c <= table_columns(t); c++)
        table_cell(t, entry, c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < ASKED)
        return 0;
    struct span asked = { data, ASKED }, version = { data + 8, ASKED - 8 };
    uint8_t *block = malloc(size - ASKED + 1);      /* aligned, and exact but for an empty one */
    memcpy(block, data + ASKED, size - ASKED);
    if (table_check(block, size - ASKED) == NULL) {
        struct table t;
        struct addr a = addr_v6(data);
        uint32_t e;
        table_open(&t, block);
        for (uint32_t i = 0; i < t.head->n_entries && i < 64; i++)
            in_range(&t, i);
        table_column(&t, "osv");
        table_column_name(&t, 0);
        if (table_kind(&t) == TABLE_DOMAIN)
            in_range(&t, table_domain(&t, asked));
        else if (table_kind(&t) == TABLE_NPM)
            in_range(&t, table_npm(&t, span_sub(asked, 0, 8), version, &e) != LISTED_NOT ? e : TABLE_NONE);
        else if (table_kind(&t) == TABLE_ADDRESS)
            in_range(&t, table_address(&t, &a, data[0] << 8 | data[1]));
        else
            in_range(&t, table_digest(&t, asked));
    }
    free(block);
    return 0;
}
