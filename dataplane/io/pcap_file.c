/* The classic pcap format. */
#include "io/pcap_file.h"
#include "io/linktype.h"

#include <assert.h>

enum {
    MAGIC_MICRO = 0xa1b2c3d4, MAGIC_NANO = 0xa1b23c4d,
    MAGIC_PATCHED = 0xa1b2cd34,     /* record heads go on with interface, protocol, packet type */
    RECORD_HEAD = 16, PATCHED_HEAD = 24,
};

struct file_head { uint32_t magic; uint16_t major, minor; uint32_t zone, accuracy, snaplen, linktype; };
struct record_head { uint32_t seconds, fraction, caplen, wirelen; };

static_assert(sizeof(struct file_head) == PCAP_HEAD_LEN, "draft-ietf-opsawg-pcap 4");
static_assert(sizeof(struct record_head) == RECORD_HEAD, "draft-ietf-opsawg-pcap 5");

/* Fills in what the magic number tells; false when it is none of ours. */
static bool by_magic(struct pcap_file *f, uint32_t magic)
{
    uint32_t m = magic;
    f->swap = m != MAGIC_MICRO && m != MAGIC_NANO && m != MAGIC_PATCHED;
    m = order32(f->swap, magic);
    f->tick_ns = m == MAGIC_NANO ? 1 : 1000;
    f->head_len = m == MAGIC_PATCHED ? PATCHED_HEAD : RECORD_HEAD;
    return m == MAGIC_MICRO || m == MAGIC_NANO || m == MAGIC_PATCHED;
}

bool pcap_file_is(struct span start)
{
    struct pcap_file f;
    uint32_t magic;
    if (start.n < sizeof magic)
        return false;
    memcpy(&magic, start.p, sizeof magic);
    return by_magic(&f, magic);
}

struct record pcap_file_start(struct pcap_file *f, struct span bytes)
{
    struct file_head h;
    if (bytes.n < sizeof h)
        return (struct record){ RECORD_SHORT, sizeof h, NULL };
    memcpy(&h, bytes.p, sizeof h);
    if (!by_magic(f, h.magic))
        return record_bad("it does not begin as a pcap file");
    if (order16(f->swap, h.major) != 2)
        return record_bad("its version of the pcap format is not 2");
    f->linktype = linktype_of_file(order32(f->swap, h.linktype));
    return (struct record){ RECORD_OTHER, sizeof h, NULL };
}

struct record pcap_file_next(const struct pcap_file *f, struct span bytes, struct packet *p)
{
    struct record_head h;
    if (bytes.n < f->head_len)
        return (struct record){ RECORD_SHORT, f->head_len, NULL };
    memcpy(&h, bytes.p, sizeof h);
    uint32_t caplen = order32(f->swap, h.caplen), wirelen = order32(f->swap, h.wirelen);
    if (caplen > RECORD_DATA_MAX)
        return record_bad("a packet claims more than 262144 bytes");

    struct span data = span_sub(bytes, f->head_len, caplen);
    if (data.n < caplen)
        return (struct record){ RECORD_SHORT, (uint64_t)f->head_len + caplen, NULL };
    p->data = data.p;
    p->caplen = caplen;
    p->wirelen = wirelen > caplen ? wirelen : caplen;   /* some writers leave it 0 */
    p->ts_ns = order32(f->swap, h.seconds) * 1000000000ULL +
               (uint64_t)order32(f->swap, h.fraction) * f->tick_ns;
    p->iface = 0;
    p->linktype = f->linktype;
    return (struct record){ RECORD_PACKET, (uint64_t)f->head_len + caplen, NULL };
}
