#include "app/gquic.h"

/* Of the public flags before Q044: a version follows, and the connection id has eight bytes. */
enum { FLAG_VERSION = 0x01, FLAG_RESET = 0x02, FLAG_ID = 0x08, LONG_HEADER = 0xc0, ID_LEN = 8 };
enum { TAGS_MAX = 128, LOOK_AT = 128 };

static uint32_t version_at(struct span datagram, size_t at)
{
    struct cursor c = cur_over(span_sub(datagram, at, 4));
    uint32_t v = (uint32_t)cur_be(&c, 4);
    uint8_t tens = v >> 8 & 0xff, ones = v & 0xff;
    return v >> 16 == 0x5130 && tens >= '0' && tens <= '9' && ones >= '0' && ones <= '9' ? v : 0;
}

uint32_t gquic_version(struct span datagram)
{
    if (datagram.n < 1 + ID_LEN + 4)
        return 0;
    uint8_t flags = datagram.p[0];
    if ((flags & LONG_HEADER) == LONG_HEADER)       /* Q044 to Q050 */
        return version_at(datagram, 1);
    if (flags & (LONG_HEADER | FLAG_RESET) || !(flags & FLAG_VERSION) || !(flags & FLAG_ID))
        return 0;
    return version_at(datagram, 1 + ID_LEN);
}

/* A tag and where its value ends, counted from the first value; values follow the table. */
static void read_tags(struct cursor table, struct span values, struct gquic_hello *hello)
{
    size_t from = 0;
    while (table.left > 0) {
        struct span tag = cur_take(&table, 4);
        size_t to = (size_t)cur_le(&table, 4);
        if (table.bad || to < from || to > values.n)
            return;
        struct span value = span_sub(values, from, to - from);
        if (memcmp(tag.p, "SNI", 4) == 0)
            hello->sni = value;
        else if (memcmp(tag.p, "UAID", 4) == 0)
            hello->user_agent = value;
        from = to;
    }
}

/* Frame headers differ from version to version, and the hello stands in the first frame: it is
 * found by its own tag, not far from the beginning. */
bool gquic_hello_find(struct span bytes, struct gquic_hello *hello)
{
    const uint8_t *tag = memmem(bytes.p, bytes.n < LOOK_AT ? bytes.n : LOOK_AT, "CHLO", 4);
    *hello = (struct gquic_hello){ SPAN_NONE, SPAN_NONE };
    if (tag == NULL)
        return false;
    struct cursor c = cur_over(span_sub(bytes, (size_t)(tag - bytes.p) + 4, bytes.n));
    size_t tags = (size_t)cur_le(&c, 2);
    cur_take(&c, 2);
    struct span table = cur_take(&c, tags * 8);
    if (c.bad || tags > TAGS_MAX)
        return false;
    read_tags(cur_over(table), cur_rest(&c), hello);
    return true;
}
