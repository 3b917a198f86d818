/* A table's block is mapped from another process: each offset in it is held against its sizes
 * once, so that look-ups needn't. */
#include "detect/table.h"

static bool part_ok(const struct table_head *h, struct table_part p, unsigned width)
{
    return p.at % width == 0 && p.at >= sizeof *h && p.at <= h->size &&
           p.n <= (h->size - p.at) / width;
}

static const uint32_t *numbers(const struct table_head *h, struct table_part p)
{
    return (const uint32_t *)(const void *)((const uint8_t *)h + p.at);
}

static bool text_ok(const struct table_head *h, uint32_t at, uint16_t *n)
{
    const uint8_t *pool = (const uint8_t *)h + h->pool.at;
    *n = 0;
    if (h->pool.n < 2 || at > h->pool.n - 2)
        return false;
    memcpy(n, pool + at, 2);
    return *n <= h->pool.n - 2 - at;
}

static bool texts_ok(const struct table_head *h, struct table_part p)
{
    uint16_t n;
    for (uint32_t i = 0; i < p.n; i++)
        if (!text_ok(h, numbers(h, p)[i], &n))
            return false;
    return true;
}

static bool grouped(const struct table_head *h)
{
    return h->kind == TABLE_NPM || h->kind == TABLE_ADDRESS;
}

static const char *check_head(const struct table_head *h, size_t size)
{
    if (h->magic != TABLE_MAGIC || h->version != TABLE_VERSION)
        return "it is no table of this version";
    if (h->size != size || size > TABLE_SIZE_MAX)
        return "its size is not what it says";
    if (h->kind < TABLE_DOMAIN || h->kind > TABLE_ADDRESS)
        return "its kind is unknown";
    if (!part_ok(h, h->slots, 4) || !part_ok(h, h->keys, 4) || !part_ok(h, h->first, 4) ||
        !part_ok(h, h->specs, 4) || !part_ok(h, h->rows, 4) || !part_ok(h, h->cells, 4) ||
        !part_ok(h, h->names, 4) || !part_ok(h, h->pool, 1))
        return "a part runs past its end";
    if (h->index_bits < 1 || h->index_bits > 31 || h->n_keys >= 1u << h->index_bits)
        return "its slots are too narrow for its keys";
    if (h->slots.n < 1 || h->probes > TABLE_PROBES_MAX || h->probes > h->slots.n)
        return "its ways are too long";
    if (h->labels_max > TABLE_LABELS_MAX)
        return "its domains are too deep";
    if (h->n_columns > TABLE_COLUMNS_MAX || h->names.n != h->n_columns ||
        h->cells.n != (uint64_t)h->n_rows * h->n_columns)
        return "its columns don't fit its rows";
    if (h->keys.n != h->n_keys || (h->rows.n != 0 && h->rows.n != h->n_entries) ||
        h->first.n != (grouped(h) ? h->n_keys + 1 : 0) ||
        h->specs.n != (grouped(h) ? h->n_entries : 0) ||
        (!grouped(h) && h->n_entries != h->n_keys))
        return "its parts don't fit together";
    return NULL;
}

static bool keys_ok(const struct table_head *h)
{
    static const uint16_t fixed[] = {
        [TABLE_MD5] = 16, [TABLE_SHA1] = 20, [TABLE_SHA256] = 32, [TABLE_ADDRESS] = 17
    };
    for (uint32_t k = 0; k < h->n_keys; k++) {
        uint32_t at = numbers(h, h->keys)[k];
        uint16_t n;
        if (!text_ok(h, h->kind == TABLE_DOMAIN ? at & ~TABLE_EXACT : at, &n))
            return false;
        if (fixed[h->kind] != 0 && n != fixed[h->kind])
            return false;
    }
    return true;
}

static bool slots_ok(const struct table_head *h)
{
    uint32_t mask = (1u << h->index_bits) - 1;
    for (uint32_t i = 0; i < h->slots.n; i++) {
        uint32_t v = numbers(h, h->slots)[i];
        if (v != 0 && ((v & mask) == 0 || (v & mask) > h->n_keys))
            return false;
    }
    return true;
}

/* Every key of a grouped table has one entry or more, and they cover all entries in order. */
static bool first_ok(const struct table_head *h)
{
    if (!grouped(h))
        return true;
    const uint32_t *first = numbers(h, h->first);
    for (uint32_t k = 0; k < h->n_keys; k++)
        if (first[k] >= first[k + 1])
            return false;
    return first[0] == 0 && first[h->n_keys] == h->n_entries;
}

static bool specs_ok(const struct table_head *h)
{
    uint16_t n;
    for (uint32_t e = 0; h->kind == TABLE_NPM && e < h->specs.n; e++)
        if (!text_ok(h, numbers(h, h->specs)[e], &n) || n == 0)
            return false;
    return true;
}

static bool rows_ok(const struct table_head *h)
{
    for (uint32_t e = 0; e < h->rows.n; e++)
        if (numbers(h, h->rows)[e] >= h->n_rows)
            return false;
    return true;
}

const char *table_check(const void *block, size_t size)
{
    const struct table_head *h = block;
    if (size < sizeof *h || (uintptr_t)block % 8 != 0)
        return "it is too short or not aligned";
    const char *why = check_head(h, size);
    if (why != NULL)
        return why;
    if (!keys_ok(h))
        return "a key runs past its pool";
    if (!slots_ok(h))
        return "a slot names no key";
    if (!first_ok(h) || !specs_ok(h))
        return "its entries don't belong to its keys";
    if (!rows_ok(h) || !texts_ok(h, h->cells) || !texts_ok(h, h->names))
        return "a cell runs past its pool";
    if (h->prefixes[2] & ~1ULL)
        return "it has prefixes longer than an address";
    return NULL;
}
