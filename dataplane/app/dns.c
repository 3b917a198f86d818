/* Messages of DNS: the probe, and header, questions and records (RFC 1035 4.1). */
#include "app/dns_message.h"
#include "app/dns.h"
#include "app/dns_text.h"

enum { HEADER = 12, FLAG_RESPONSE = 0x8000, FLAG_Z = 0x0040, RECORD_MIN = 11 };
enum opcode { OP_QUERY = 0, OP_NOTIFY = 4, OP_UPDATE = 5, OP_DSO = 6 };

/* Counts of questions, answers, authorities, additional records. */
struct header { uint16_t id, flags, count[4]; };

static bool read_header(struct cursor *c, struct header *h)
{
    h->id = (uint16_t)cur_be(c, 2);
    h->flags = (uint16_t)cur_be(c, 2);
    for (unsigned i = 0; i < 4; i++)
        h->count[i] = (uint16_t)cur_be(c, 2);
    return !c->bad;
}

static inline unsigned opcode_of(const struct header *h) { return h->flags >> 11 & 15; }

/* ---- is it DNS? ---- */

/* A question's name has nothing to point to but a zero in the header. Nobody does that in earnest, but
 * resolvers read it. */
static enum app_probe probe_name(struct cursor *c, bool strict)
{
    enum { POINTER = 0xc0 };
    for (unsigned wire = 1;;) {
        unsigned len = (unsigned)cur_be(c, 1);
        if (c->bad)
            return PROBE_MORE;
        if (len == 0)
            return PROBE_YES;
        if (len >= POINTER && !strict) {
            cur_be(c, 1);
            return c->bad ? PROBE_MORE : PROBE_YES;
        }
        wire += 1 + len;
        if (len > 63 || wire > DNS_NAME_MAX)
            return PROBE_NO;
        struct span label = span_sub(cur_rest(c), 0, len);
        for (size_t i = 0; strict && i < label.n; i++)
            if (label.p[i] < 0x21 || label.p[i] > 0x7e)
                return PROBE_NO;
        cur_take(c, len);
    }
}

static bool class_is_known(uint32_t class)
{
    return class == 1 || class == 3 || class == 4 || class == 254 || class == 255;
}

static bool type_is_plausible(uint32_t type)
{
    return (type > 0 && type <= 262) || type == 32768 || type == 32769 || type >= 65280;
}

static bool counts_are_strict(const struct header *h)
{
    if (h->count[0] != 1)
        return false;
    if (h->flags & FLAG_RESPONSE)
        return h->count[1] <= 256 && h->count[2] <= 64 && h->count[3] <= 64;
    return h->count[1] <= 1 && h->count[2] <= 1 && h->count[3] <= 4;
}

enum app_probe dns_message_probe(struct span beginning, size_t whole, bool likely)
{
    struct cursor c = cur_over(beginning);
    struct header h;
    if (whole < HEADER)
        return PROBE_NO;
    if (!read_header(&c, &h))
        return PROBE_MORE;
    unsigned op = opcode_of(&h);
    size_t counted = h.count[0] * 5u + ((size_t)h.count[1] + h.count[2] + h.count[3]) * RECORD_MIN;
    if (!likely && (op > OP_UPDATE || op == 3 || h.flags & FLAG_Z || !counts_are_strict(&h) ||
                    HEADER + counted > whole))
        return PROBE_NO;
    if (h.count[0] == 0)    /* as in the later messages of a zone transfer: RFC 5936 2.2.1 */
        return h.count[1] + h.count[3] > 0 && counted <= whole ? PROBE_YES : PROBE_NO;
    if (likely && counted > 65535)
        return PROBE_NO;
    enum app_probe name = probe_name(&c, !likely);
    if (name != PROBE_YES)
        return name;
    uint32_t type = (uint32_t)cur_be(&c, 2), class = (uint32_t)cur_be(&c, 2);
    if (c.bad)
        return PROBE_MORE;
    if (!likely && (!type_is_plausible(type) || !class_is_known(class & 0x7fff)))
        return PROBE_NO;
    bool ends = h.count[1] + h.count[2] + h.count[3] == 0;
    return likely || !ends || (size_t)(c.p - beginning.p) == whole ? PROBE_YES : PROBE_NO;
}

enum app_probe dns_udp_probe(struct span datagram, bool likely)
{
    return dns_message_probe(datagram, datagram.n, likely) == PROBE_YES ? PROBE_YES : PROBE_NO;
}

/* ---- reading ---- */

static bool read_questions(struct span m, struct cursor *c, unsigned n, struct dns_text *t,
                           struct dns_message *out)
{
    for (unsigned i = 0; i < n && i < DNS_QUESTIONS_MAX; i++) {
        struct dns_question *q = &out->question[i];
        if (!dns_name_text(m, c, t, &q->name))
            return false;
        q->type = (uint16_t)cur_be(c, 2);
        q->class = (uint16_t)cur_be(c, 2);
        if (c->bad)
            return false;
        out->n_questions++;
    }
    return true;
}

/* Most names of answers are a pointer to the first question's. */
static bool read_owner(struct span m, struct cursor *c, struct dns_text *t,
                       const struct dns_message *msg, struct span *name)
{
    if (msg->n_questions > 0 && c->left >= 2 && c->p[0] == 0xc0 && c->p[1] == HEADER) {
        cur_take(c, 2);
        *name = msg->question[0].name;
        return true;
    }
    return dns_name_text(m, c, t, name);
}

static bool read_record(struct span m, struct cursor *c, struct dns_text *t,
                        struct dns_message *out)
{
    struct dns_record *r = &out->record[out->n_records];
    if (!read_owner(m, c, t, out, &r->name))
        return false;
    r->type = (uint16_t)cur_be(c, 2);
    r->class = (uint16_t)cur_be(c, 2);
    r->ttl = (uint32_t)cur_be(c, 4);
    struct cursor rdata = cur_block(c, 2);
    if (c->bad)
        return false;
    if (r->type == DNS_OPT)         /* the code's upper eight bits: RFC 6891 6.1.3 */
        out->rcode = (uint16_t)(out->rcode | (r->ttl >> 24) << 4);
    r->rdata = dns_rdata_text(m, r->type, rdata, t);
    return true;
}

static void read_records(struct span m, struct cursor *c, const struct header *h,
                         struct dns_text *t, struct dns_message *out)
{
    for (unsigned section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++)
        for (unsigned i = 0; i < h->count[1 + section]; i++) {
            if (out->n_records == DNS_RECORDS_MAX || !read_record(m, c, t, out))
                return;
            out->record[out->n_records++].section = (enum dns_section)section;
        }
}

bool dns_message_read(struct span m, struct dns_text *t, struct dns_message *out)
{
    struct cursor c = cur_over(m);
    struct header h;
    t->n = 0;
    out->n_questions = out->n_records = 0;
    if (!read_header(&c, &h))
        return false;
    out->id = h.id;
    out->flags = h.flags;
    out->response = (h.flags & FLAG_RESPONSE) != 0;
    out->opcode = (uint8_t)opcode_of(&h);
    out->rcode = h.flags & 15;
    if (!read_questions(m, &c, h.count[0], t, out))
        return out->n_questions > 0;
    if (h.count[0] <= DNS_QUESTIONS_MAX)
        read_records(m, &c, &h, t, out);
    return true;
}

void dns_message_tell(struct span m, enum dir dir, struct app_out *out)
{
    struct dns_text text;
    struct dns_message message;
    struct fact f = { .kind = FACT_DNS, .dir = dir, .dns = &message };
    if (!dns_message_read(m, &text, &message))
        f = (struct fact){ .kind = FACT_ANOMALY, .dir = dir, .anomaly = "DNS_QUESTION_BROKEN" };
    out->fact(out->ctx, &f);
}

void dns_udp(struct span datagram, enum dir dir, struct app_out *out)
{
    dns_message_tell(datagram, dir, out);
}
