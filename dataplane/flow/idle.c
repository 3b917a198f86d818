/* Lists by slot number, so that they cost eight bytes a flow and name no address. */
#include "flow/idle.h"

#include <netinet/in.h>

void idle_put(struct flow_table *t, struct flow *f, uint64_t expires_s)
{
    uint64_t now_s = t->now_ns / NS;
    if (expires_s <= now_s)
        expires_s = now_s + 1;
    if (expires_s > now_s + WHEEL - 1)
        expires_s = now_s + WHEEL - 1;      /* looked at early, and put on */
    uint32_t *head = &t->wheel[expires_s % WHEEL];
    f->wheel_slot = (uint16_t)(expires_s % WHEEL);
    f->wheel_prev = SLAB_NONE;
    f->wheel_next = *head;
    if (*head != SLAB_NONE)
        flow_at(t, *head)->wheel_prev = f->slot;
    *head = f->slot;
}

void idle_take(struct flow_table *t, struct flow *f)
{
    if (f->wheel_prev != SLAB_NONE)
        flow_at(t, f->wheel_prev)->wheel_next = f->wheel_next;
    else
        t->wheel[f->wheel_slot] = f->wheel_next;
    if (f->wheel_next != SLAB_NONE)
        flow_at(t, f->wheel_next)->wheel_prev = f->wheel_prev;
}

void half_open_put(struct flow_table *t, struct flow *f)
{
    f->flags |= FLOW_HALF_OPEN;
    f->half_next = SLAB_NONE;
    f->half_prev = t->half_last;
    if (t->half_last != SLAB_NONE)
        flow_at(t, t->half_last)->half_next = f->slot;
    else
        t->half_first = f->slot;
    t->half_last = f->slot;
    t->half_n++;
}

void half_open_take(struct flow_table *t, struct flow *f)
{
    if (!(f->flags & FLOW_HALF_OPEN))
        return;
    f->flags &= (uint16_t)~FLOW_HALF_OPEN;
    if (f->half_prev != SLAB_NONE)
        flow_at(t, f->half_prev)->half_next = f->half_next;
    else
        t->half_first = f->half_next;
    if (f->half_next != SLAB_NONE)
        flow_at(t, f->half_next)->half_prev = f->half_prev;
    else
        t->half_last = f->half_prev;
    t->half_n--;
}

/* A client's RST alone may be a decoy that never reached the server: the connection might go on. */
static bool surely_closed(const struct flow *f)
{
    bool fins = (f->flags & FLOW_FIN_CLIENT) && (f->flags & FLOW_FIN_SERVER);
    return f->state == STATE_CLOSED && (fins || f->tcp_flags[TO_CLIENT] & TH_RST);
}

uint64_t idle_time_ns(const struct flow_table *t, const struct flow *f)
{
    uint32_t s = f->proto == IPPROTO_UDP    ? t->cfg->udp_s
                 : f->proto != IPPROTO_TCP  ? t->cfg->icmp_s
                 : f->state == STATE_NEW     ? t->cfg->tcp_new_s
                 : surely_closed(f)          ? t->cfg->tcp_closed_s
                 : f->state == STATE_CLOSED  ? t->cfg->tcp_new_s
                                            : t->cfg->tcp_established_s;
    return (uint64_t)s * NS;
}

struct flow *idle_oldest(const struct flow_table *t)
{
    struct flow *worst = NULL;
    unsigned looked = 0;
    for (uint32_t i = 1; i <= WHEEL && looked < 16; i++) {
        uint32_t slot = t->wheel[(t->wheel_at + i) % WHEEL];
        for (; slot != SLAB_NONE && looked < 16; slot = flow_at(t, slot)->wheel_next, looked++) {
            struct flow *f = flow_at(t, slot);
            bool spared = f->flags & FLOW_ALERTED;
            if (worst == NULL || (!spared && f->last_ns < worst->last_ns))
                worst = f;
        }
    }
    return worst;
}
