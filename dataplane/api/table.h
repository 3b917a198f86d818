#ifndef API_TABLE_H
#define API_TABLE_H
/* An exact table as it lies in memory or in an image: one flat block without pointers, written by
 * rules/table_build, read by detect/table. Numbers are in host order (a block is made on the box
 * that uses it), offsets are bytes from the block's start, the block is aligned to 8.
 *
 *     slots   an open hash of keys: key number + 1 in the low `index_bits`, the rest of the 32 bits
 *             is a part of the hash, so that a miss rarely touches a key; 0 is a free slot
 *     keys    where key k stands in the pool; TABLE_EXACT is set on a domain without sub-domains
 *     first   npm, address: entries first[k] .. first[k + 1] - 1 belong to key k.
 *             In the other kinds this part is empty, and entry k is key k
 *     specs   npm: pool offset of a version, a range or "*"; address: first port | last port << 16
 *     rows    entry e has the cells of row rows[e]; empty when no entry has any
 *     cells   row r, column c: the pool offset of its text at [r * n_columns + c]
 *     names   pool offsets of the columns' names
 *     pool    texts: a 16-bit length, then the bytes. A digest and an address stand as a text too;
 *             an address's text is its 16 bytes and one byte of prefix length
 */
#include <stdint.h>
#include <string.h>

enum table_kind {
    TABLE_DOMAIN = 1, TABLE_NPM, TABLE_STRING, TABLE_MD5, TABLE_SHA1, TABLE_SHA256, TABLE_ADDRESS
};

enum {
    TABLE_MAGIC = 0x42415845,           /* "EXAB" */
    TABLE_VERSION = 1,
    TABLE_COLUMNS_MAX = 32,
    TABLE_LABELS_MAX = 16,              /* of a listed domain; deeper names are looked up by their
                                           last 16 labels */
    TABLE_PROBES_MAX = 96,              /* slots a look-up of one key visits at most; the builder
                                           tries another seed until it holds */
    TABLE_NAME_MAX = 253,               /* bytes of a domain, RFC 1035 2.3.4 without the length bytes */
    TABLE_TEXT_MAX = 4096,
};

#define TABLE_SEED 0x9e3779b97f4a7c15ULL /* of all tables but those whose keys fall badly with it */
#define TABLE_NONE UINT32_MAX           /* no entry */
#define TABLE_EXACT 0x80000000u         /* in keys[] */
#define TABLE_SIZE_MAX 0x7fffffffu

struct table_part { uint32_t at, n; };  /* n: elements, not bytes (in the pool: bytes) */

struct table_head {
    uint32_t magic;
    uint16_t version, kind;
    uint32_t size;                      /* bytes of the whole block */
    uint32_t n_keys, n_entries, n_rows, n_columns;
    uint32_t index_bits;                /* of a slot */
    uint32_t probes;                    /* the longest way to a key */
    uint32_t labels_min, labels_max;    /* of listed domains */
    uint32_t reserved;
    uint64_t seed;
    uint64_t prefixes[3];               /* bit n: some address entry has prefix length n (0..128) */
    struct table_part slots, keys, first, specs, rows, cells, names, pool;
};

/* ---- the hash, used by builder and look-up alike ---- */

static inline uint64_t table_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 m = (unsigned __int128)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Goes on from `h`, so that a domain is hashed label by label from the right. What is left of up to
 * eight bytes is read from both its ends, which may overlap: no byte at a time, none past the end. */
static inline uint64_t table_hash(uint64_t h, const void *data, size_t n)
{
    const uint8_t *p = data;
    uint64_t w = 0;
    h ^= 0x9e3779b97f4a7c15ULL + n;
    for (; n > 8; n -= 8, p += 8) {
        memcpy(&w, p, 8);
        h = table_fold(h ^ w, 0xd6e8feb86659fd93ULL) ^ w;
    }
    if (n >= 4) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        w = low | (uint64_t)high << 32;
    } else {
        w = n == 0 ? 0 : p[0] | (uint64_t)p[n / 2] << 8 | (uint64_t)p[n - 1] << 16;
    }
    return table_fold(h ^ w, 0xa0761d6478bd642fULL) + w;
}

/* The slot where the way of hash `h` begins, and the part of it that stands in a slot. */
static inline uint32_t table_home(uint64_t h, uint32_t n_slots)
{
    return (uint32_t)(((h >> 32) * n_slots) >> 32);
}

static inline uint32_t table_mark(uint64_t h, uint32_t index_bits)
{
    return (uint32_t)h & ~((1u << index_bits) - 1);
}

#endif
