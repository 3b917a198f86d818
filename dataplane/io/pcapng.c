/* The pcapng format. Section numbers below are those of draft-ietf-opsawg-pcapng. */
#include "io/pcapng.h"
#include "io/linktype.h"

#include <stdlib.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a, BLOCK_IFACE = 1, BLOCK_OLD_PACKET = 2, BLOCK_SIMPLE_PACKET = 3,
    BLOCK_PACKET = 6,
    ORDER_MAGIC = 0x1a2b3c4d,
    OPT_END = 0, OPT_IF_NAME = 2, OPT_IF_TSRESOL = 9, OPT_IF_TSOFFSET = 14,
    BLOCK_FRAME = 12,       /* type and length in front, length again behind */
};

static uint32_t get32(const struct pcapng *f, struct cursor *c)
{
    uint32_t v = 0;
    struct span s = cur_take(c, sizeof v);
    if (s.n == sizeof v)
        memcpy(&v, s.p, sizeof v);
    return order32(f->swap, v);
}

static uint16_t get16(const struct pcapng *f, struct cursor *c)
{
    uint16_t v = 0;
    struct span s = cur_take(c, sizeof v);
    if (s.n == sizeof v)
        memcpy(&v, s.p, sizeof v);
    return order16(f->swap, v);
}

bool pcapng_is(struct span start)
{
    return start.n >= 4 && memcmp(start.p, "\x0a\x0d\x0d\x0a", 4) == 0;
}

void pcapng_close(struct pcapng *f)
{
    free(f->ifaces);
    *f = (struct pcapng){ 0 };
}

/* 4.1: the byte order is told by a magic number behind the length, so it comes first. */
static struct record on_section(struct pcapng *f, struct span bytes)
{
    struct cursor c = cur_over(bytes);
    cur_take(&c, 8);
    f->swap = false;
    uint32_t magic = get32(f, &c);
    f->swap = magic != ORDER_MAGIC;
    if (order32(f->swap, magic) != ORDER_MAGIC)
        return record_bad("a section header without its byte-order magic");
    if (get16(f, &c) != 1)
        return record_bad("its version of the pcapng format is not 1");

    struct cursor length = cur_over(span_sub(bytes, 4, 4));
    uint32_t len = get32(f, &length);
    if (len < 28 || len % 4 != 0)
        return record_bad("a section header of an impossible length");
    f->in_section = true;
    f->n_ifaces = 0;
    return (struct record){ RECORD_OTHER, len, NULL };
}

/* 3.5: what an interface says of its name and its clock. */
static void iface_options(const struct pcapng *f, struct cursor c, struct pcapng_iface *i)
{
    while (c.left >= 4) {
        uint16_t code = get16(f, &c), len = get16(f, &c);
        struct span value = cur_take(&c, len);
        cur_take(&c, (4 - len % 4) % 4);
        if (code == OPT_END)
            return;
        if (code == OPT_IF_NAME && value.n > 0 && f->name != NULL)
            i->name = f->name(f->ctx, value);
        if (code == OPT_IF_TSRESOL && value.n == 1) {
            i->binary = value.p[0] >> 7;
            i->exponent = value.p[0] & 0x7f;
        }
        if (code == OPT_IF_TSOFFSET && value.n == 8) {
            struct cursor n = cur_over(value);
            i->offset_s = (int64_t)(f->swap ? cur_be(&n, 8) : cur_le(&n, 8));
        }
    }
}

/* 4.2 */
static struct record on_iface(struct pcapng *f, struct cursor body, uint32_t len)
{
    if (f->n_ifaces == PCAPNG_IFACES_MAX)
        return record_bad("a section with more than 1024 interfaces");
    if (f->n_ifaces % 16 == 0) {
        void *more = realloc(f->ifaces, (f->n_ifaces + 16) * sizeof *f->ifaces);
        if (more == NULL)
            return record_bad("no memory for another interface");
        f->ifaces = more;
    }
    struct pcapng_iface i = { .exponent = 6 };
    i.linktype = linktype_of_file(get16(f, &body));
    cur_take(&body, 2);
    i.snaplen = get32(f, &body);
    if (body.bad)
        return record_bad("an interface description too short for its fields");
    iface_options(f, body, &i);
    f->ifaces[f->n_ifaces++] = i;
    return (struct record){ RECORD_OTHER, len, NULL };
}

/* Ticks of an interface's clock to nanoseconds. Absurd resolutions give absurd times, no more. */
static uint64_t to_ns(const struct pcapng_iface *i, uint64_t ticks)
{
    uint64_t ns = ticks;
    if (i->binary)
        ns = (uint64_t)(((unsigned __int128)ticks * 1000000000) >> i->exponent);
    else if (i->exponent == 6)
        ns = ticks * 1000;
    else
        for (int e = i->exponent; e != 9 && ns != 0; e += e < 9 ? 1 : -1)
            ns = e < 9 ? ns * 10 : ns / 10;
    return ns + (uint64_t)i->offset_s * 1000000000;
}

/* 4.3, and appendix A for the obsolete one, which differs in its first word: a 16-bit interface and a count
 * of drops. 4.4 for the simple one: no interface, no time, no captured length. */
static struct record on_packet(struct pcapng *f, uint32_t type, struct cursor body, uint32_t len,
                               struct packet *p)
{
    uint32_t iface = 0, caplen = 0;
    uint64_t ticks = 0;
    if (type != BLOCK_SIMPLE_PACKET) {
        iface = type == BLOCK_PACKET ? get32(f, &body) : get16(f, &body);
        if (type == BLOCK_OLD_PACKET)
            cur_take(&body, 2);
        ticks = (uint64_t)get32(f, &body) << 32;
        ticks |= get32(f, &body);
        caplen = get32(f, &body);
    }
    uint32_t wirelen = get32(f, &body);
    if (iface >= f->n_ifaces)
        return record_bad("a packet of an interface that was not described");
    const struct pcapng_iface *i = &f->ifaces[iface];
    if (type == BLOCK_SIMPLE_PACKET) {
        caplen = wirelen;
        if (i->snaplen > 0 && caplen > i->snaplen)
            caplen = i->snaplen;
        if (caplen > body.left)     /* some writers give no snap length and cut anyway */
            caplen = (uint32_t)body.left;
    }
    struct span data = cur_take(&body, caplen);
    if (body.bad)
        return record_bad("a packet longer than its block");
    if (data.n > RECORD_DATA_MAX)
        return record_bad("a packet claims more than 262144 bytes");
    if (type != BLOCK_SIMPLE_PACKET)
        f->last_ns = to_ns(i, ticks);
    p->data = data.p;
    p->caplen = caplen;
    p->wirelen = wirelen > caplen ? wirelen : caplen;
    p->ts_ns = f->last_ns;
    p->iface = i->name;
    p->linktype = i->linktype;
    return (struct record){ RECORD_PACKET, len, NULL };
}

static bool must_be_whole(uint32_t type)
{
    return type == BLOCK_IFACE || type == BLOCK_OLD_PACKET || type == BLOCK_SIMPLE_PACKET ||
           type == BLOCK_PACKET;
}

struct record pcapng_next(struct pcapng *f, struct span bytes, struct packet *p)
{
    struct cursor c = cur_over(bytes);
    uint32_t type = get32(f, &c), len = get32(f, &c);
    if (c.bad)
        return (struct record){ RECORD_SHORT, BLOCK_FRAME, NULL };
    if (type == BLOCK_SECTION)
        return bytes.n < 28 ? (struct record){ RECORD_SHORT, 28, NULL } : on_section(f, bytes);
    if (!f->in_section)
        return record_bad("it does not begin with a section header");
    if (len < BLOCK_FRAME || len % 4 != 0)
        return record_bad("a block of an impossible length");
    if (!must_be_whole(type))
        return (struct record){ RECORD_OTHER, len, NULL };
    if (len > RECORD_LEN_MAX)
        return record_bad("a packet or interface block of more than 524288 bytes");

    struct span body = cur_take(&c, len - BLOCK_FRAME);
    uint32_t again = get32(f, &c);
    if (c.bad)
        return (struct record){ RECORD_SHORT, len, NULL };
    if (again != len)
        return record_bad("a block whose two lengths differ");
    return type == BLOCK_IFACE ? on_iface(f, cur_over(body), len)
                               : on_packet(f, type, cur_over(body), len, p);
}
