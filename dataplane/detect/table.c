/* Look-ups in a table's block. Everything was held against the block's sizes in table_check.c, so
 * that nothing is checked twice here. */
#include "detect/table.h"
#include "base/semver.h"

enum { FAR = 65536 };       /* slots: a table of so many doesn't stay in the near caches */

void table_open(struct table *t, const void *block)
{
    const struct table_head *h = block;
    const uint8_t *b = block;
#define PART(name) ((const uint32_t *)(const void *)(b + h->name.at))
    *t = (struct table){
        .head = h, .base = b + h->pool.at, .n_slots = h->slots.n,
        .slots = PART(slots), .keys = PART(keys), .first = PART(first), .specs = PART(specs),
        .rows = PART(rows), .cells = PART(cells), .names = PART(names),
        .index_mask = (1u << h->index_bits) - 1,
    };
#undef PART
}

static inline struct span text_at(const struct table *t, uint32_t at)
{
    uint16_t n;
    memcpy(&n, t->base + at, 2);
    return (struct span){ t->base + at + 2, n };
}

/* The key with this hash and these bytes, or TABLE_NONE. */
static inline uint32_t find_key(const struct table *t, uint64_t hash, const uint8_t *p, size_t n)
{
    uint32_t slot = table_home(hash, t->n_slots);
    for (uint32_t i = 0; i < t->head->probes; i++) {
        uint32_t v = t->slots[slot];
        if (v == 0)
            return TABLE_NONE;
        if (((v ^ (uint32_t)hash) & ~t->index_mask) == 0) {
            uint32_t k = (v & t->index_mask) - 1;
            struct span key = text_at(t, t->keys[k] & ~TABLE_EXACT);
            if (key.n == n && memcmp(key.p, p, n) == 0)
                return k;
        }
        if (++slot == t->n_slots)
            slot = 0;
    }
    return TABLE_NONE;
}

static uint32_t find_bytes(const struct table *t, struct span s)
{
    return find_key(t, table_hash(t->head->seed, s.p, s.n), s.p, s.n);
}

/* ---- domains ---- */

/* Eight letters at a time: adding moves them, and only them, past bit 7. */
static inline uint64_t lower_word(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101ULL;
    uint64_t low = w & (0x7f * ones);
    uint64_t letters = (low + (0x80 - 'A') * ones) & ~(low + (0x7f - 'Z') * ones) & ~w & (0x80 * ones);
    return w | letters >> 2;
}

static void lower(uint8_t *out, const uint8_t *in, size_t n)
{
    uint64_t w;
    if (n < 8) {
        for (size_t i = 0; i < n; i++)
            out[i] = ascii_lower(in[i]);
        return;
    }
    for (size_t i = 0; i + 8 < n; i += 8) {
        memcpy(&w, in + i, 8);
        w = lower_word(w);
        memcpy(out + i, &w, 8);
    }
    memcpy(&w, in + n - 8, 8);          /* the last eight overlap what is done already */
    w = lower_word(w);
    memcpy(out + n - 8, &w, 8);
}

static void hash_endings(struct table_name *n, uint64_t seed)
{
    uint64_t h = n->seed = seed;
    size_t end = n->len;
    for (n->n = 0; n->n < TABLE_LABELS_MAX;) {
        size_t start = end;
        while (start > 0 && n->text[start - 1] != '.')      /* labels are short: no call pays here */
            start--;
        h = table_hash(h, n->text + start, end - start);
        n->hash[n->n] = h;
        n->start[n->n++] = (uint8_t)start;
        if (start == 0)
            return;
        end = start - 1;
    }
}

void table_name_set(struct table_name *n, struct span name)
{
    n->n = 0;
    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    n->len = (uint32_t)name.n;
    if (name.n == 0 || name.n > TABLE_NAME_MAX)
        return;
    lower(n->text, name.p, name.n);
    hash_endings(n, TABLE_SEED);
}

uint32_t table_domain_named(const struct table *t, struct table_name *n)
{
    if (n->n > 0 && n->seed != t->head->seed)
        hash_endings(n, t->head->seed);
    uint32_t least = t->head->labels_min, i = n->n < t->head->labels_max ? n->n : t->head->labels_max;
    if (least == 0)
        least = 1;
    for (uint32_t k = i; t->n_slots >= FAR && k >= least; k--)      /* all are fetched at once */
        __builtin_prefetch(&t->slots[table_home(n->hash[k - 1], t->n_slots)]);
    for (; i >= least; i--) {       /* the longest ending is the most specific */
        size_t start = n->start[i - 1];
        uint32_t k = find_key(t, n->hash[i - 1], n->text + start, n->len - start);
        if (k != TABLE_NONE && (start == 0 || !(t->keys[k] & TABLE_EXACT)))
            return k;
    }
    return TABLE_NONE;
}

uint32_t table_domain(const struct table *t, struct span name)
{
    struct table_name n;
    table_name_set(&n, name);
    return table_domain_named(t, &n);
}

/* ---- packages ---- */

/* 0.0.1-security and its later prints 0.0.1-security.0, .1, ...: what npm serves under a name that it
 * has taken away. */
static bool is_placeholder(struct span version)
{
    if (!span_starts(version, "0.0.1-security"))
        return false;
    struct span tail = span_sub(version, 14, version.n);
    if (tail.n == 0)
        return true;
    for (size_t i = 1; i < tail.n; i++)
        if (tail.p[i] < '0' || tail.p[i] > '9')
            return false;
    return tail.p[0] == '.' && tail.n > 1;
}

static int order(struct span a, struct span b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* The first of entries from..to - 1 whose text doesn't come before `text`: a package's entries stand
 * in byte order. */
static uint32_t lower_bound(const struct table *t, uint32_t from, uint32_t to, struct span text)
{
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (order(text_at(t, t->specs[mid]), text) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static uint32_t find_version(const struct table *t, uint32_t from, uint32_t to, struct span version)
{
    uint32_t e = lower_bound(t, from, to, version);
    return e < to && span_eq(text_at(t, t->specs[e]), version) ? e : TABLE_NONE;
}

/* Ranges begin with an operator, and so stand together in byte order. */
static uint32_t find_range(const struct table *t, uint32_t from, uint32_t to, struct span version)
{
    uint32_t e = lower_bound(t, from, to, SPAN("<"));
    struct semver v;
    if (e == to || text_at(t, t->specs[e]).p[0] > '>' || !semver_parse(version, &v))
        return TABLE_NONE;
    for (; e < to; e++)
        if (semver_in_range(&v, text_at(t, t->specs[e])))
            return e;
    return TABLE_NONE;
}

enum table_listed table_npm(const struct table *t, struct span name, struct span version,
                            uint32_t *entry)
{
    *entry = TABLE_NONE;
    uint32_t k = find_bytes(t, name);
    if (k == TABLE_NONE || is_placeholder(version))
        return LISTED_NOT;
    uint32_t from = t->first[k], to = t->first[k + 1];
    if (span_is(text_at(t, t->specs[from]), "*")) {     /* comes before all digits */
        *entry = from;
        return LISTED_ALL;
    }
    if (version.n == 0)
        return LISTED_NOT;
    *entry = find_version(t, from, to, version);
    size_t plus = span_find(version, '+');
    if (*entry == TABLE_NONE && plus < version.n)       /* the registry drops build metadata */
        *entry = find_version(t, from, to, span_sub(version, 0, plus));
    if (*entry == TABLE_NONE)
        *entry = find_range(t, from, to, version);
    return *entry != TABLE_NONE ? LISTED_VERSION : LISTED_NOT;
}

/* ---- sets ---- */

uint32_t table_string(const struct table *t, struct span bytes)
{
    return find_bytes(t, bytes);
}

uint32_t table_digest(const struct table *t, struct span digest)
{
    return find_bytes(t, digest);       /* a key of another length never equals it */
}

/* ---- addresses ---- */

/* Of the entries that hold the port, the one with the fewest ports. */
static uint32_t find_port(const struct table *t, uint32_t k, int32_t port)
{
    uint32_t best = TABLE_NONE, width = UINT32_MAX;
    for (uint32_t e = t->first[k]; e < t->first[k + 1]; e++) {
        int32_t low = t->specs[e] & 0xffff, high = (int32_t)(t->specs[e] >> 16);
        bool any = low == 0 && high == 0xffff;
        if ((any || (port >= low && port <= high)) && (uint32_t)(high - low) < width) {
            best = e;
            width = (uint32_t)(high - low);
        }
    }
    return best;
}

static void cut_to(uint8_t *a, unsigned prefix)
{
    if (prefix % 8 != 0) {
        a[prefix / 8] &= (uint8_t)(0xff << (8 - prefix % 8));
        prefix += 8 - prefix % 8;
    }
    memset(a + prefix / 8, 0, 16 - prefix / 8);
}

/* The prefixes shorter than the whole address, the longest first. */
static uint32_t find_prefix(const struct table *t, const struct table_addr *n, int32_t port)
{
    struct addr a = addr_v6(n->key);
    unsigned shortest = addr_is_v4(&a) ? 96 : 0;        /* ::/0 is not meant for IPv4 */
    uint8_t key[17];
    memcpy(key, n->key, 16);
    for (int word = 1; word >= (int)shortest / 64; word--) {
        uint64_t lengths = t->head->prefixes[word];
        while (lengths != 0) {
            unsigned bit = 63 - (unsigned)__builtin_clzll(lengths);
            unsigned prefix = (unsigned)word * 64 + bit;
            lengths &= ~(1ULL << bit);
            if (prefix < shortest)
                return TABLE_NONE;
            cut_to(key, prefix);
            key[16] = (uint8_t)prefix;
            uint32_t k = find_bytes(t, (struct span){ key, sizeof key });
            uint32_t e = k != TABLE_NONE ? find_port(t, k, port) : TABLE_NONE;
            if (e != TABLE_NONE)
                return e;
        }
    }
    return TABLE_NONE;
}

void table_addr_set(struct table_addr *n, const struct addr *a)
{
    memcpy(n->key, a->b, 16);
    n->key[16] = 128;
    n->hash = table_hash(TABLE_SEED, n->key, sizeof n->key);
}

uint32_t table_address_named(const struct table *t, const struct table_addr *n, int32_t port)
{
    const struct table_head *h = t->head;
    if (h->prefixes[2] != 0) {
        uint64_t hash = h->seed == TABLE_SEED ? n->hash : table_hash(h->seed, n->key, sizeof n->key);
        uint32_t k = find_key(t, hash, n->key, sizeof n->key);
        uint32_t e = k != TABLE_NONE ? find_port(t, k, port) : TABLE_NONE;
        if (e != TABLE_NONE)
            return e;
    }
    return (h->prefixes[0] | h->prefixes[1]) != 0 ? find_prefix(t, n, port) : TABLE_NONE;
}

uint32_t table_address(const struct table *t, const struct addr *a, int32_t port)
{
    struct table_addr n;
    table_addr_set(&n, a);
    return table_address_named(t, &n, port);
}

uint64_t table_key_hash(const struct table *t, uint32_t k)
{
    struct span key = text_at(t, t->keys[k] & ~TABLE_EXACT);
    struct table_name n;
    if (table_kind(t) != TABLE_DOMAIN)
        return table_hash(t->head->seed, key.p, key.n);
    n.len = (uint32_t)(key.n < TABLE_NAME_MAX ? key.n : TABLE_NAME_MAX);
    memcpy(n.text, key.p, n.len);
    hash_endings(&n, t->head->seed);
    return n.hash[n.n - 1];
}

/* ---- columns ---- */

struct span table_column_name(const struct table *t, uint32_t column)
{
    return column < t->head->n_columns ? text_at(t, t->names[column]) : SPAN_NONE;
}

int32_t table_column(const struct table *t, const char *name)
{
    for (uint32_t c = 0; c < t->head->n_columns; c++)
        if (span_is(text_at(t, t->names[c]), name))
            return (int32_t)c;
    return -1;
}

struct span table_cell(const struct table *t, uint32_t entry, uint32_t column)
{
    if (entry >= t->head->rows.n || column >= t->head->n_columns)
        return SPAN_NONE;
    return text_at(t, t->cells[(size_t)t->rows[entry] * t->head->n_columns + column]);
}

struct span table_key(const struct table *t, uint32_t entry)
{
    if (entry >= t->head->n_entries)
        return SPAN_NONE;
    uint32_t k = entry;
    if (t->head->first.n > 0) {         /* the last key whose entries begin at or before this one */
        uint32_t low = 0, high = t->head->n_keys - 1;
        while (low < high) {
            uint32_t mid = low + (high - low + 1) / 2;
            if (t->first[mid] <= entry)
                low = mid;
            else
                high = mid - 1;
        }
        k = low;
    }
    return text_at(t, t->keys[k] & ~TABLE_EXACT);
}
