/* flow/: who belongs to which flow, for how long, and who goes when the table is full. */
#include "flow/flow.h"
#include "test.h"

#include <netinet/in.h>

enum { N = 4 * BATCH_MAX, S = 1000000000 };     /* S: nanoseconds in a second */

struct closed { unsigned n[4], alerted; uint64_t ids[4096]; unsigned n_ids; };

static void on_closed(void *ctx, struct flow *f, enum flow_why why)
{
    struct closed *c = ctx;
    c->n[why]++;
    c->alerted += (f->flags & FLOW_ALERTED) != 0;
    if (c->n_ids < 4096)
        c->ids[c->n_ids++] = flow_id(f);
}

struct rig { struct config cfg; struct flow_table t; struct batch b; struct closed closed; uint64_t now_s; };

static void set_up(struct rig *r, uint32_t flows)
{
    memset(r, 0, sizeof *r);
    r->cfg = config_defaults();
    r->now_s = 1700000000;
    CHECK(flow_table_open(&r->t, flows, &r->cfg, (struct hash_key){ 1, 2 }, on_closed, &r->closed) == 0);
}

/* Every list is consistent with the others, and everything comes back. */
static void tear_down(struct rig *r)
{
    flow_end_all(&r->t, FLOW_WHY_SHUTDOWN);
    CHECK(r->t.slab.used == 0 && r->t.half_n == 0 && r->t.half_first == SLAB_NONE);
    for (uint32_t i = 0; i <= r->t.mask; i++)
        CHECK(r->t.buckets[i] == SLAB_NONE);
    CHECK(r->closed.n[0] + r->closed.n[1] + r->closed.n[2] + r->closed.n[3] == r->t.n.opened);
    flow_table_close(&r->t);
}

static struct addr ipv4(uint32_t v)
{
    uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    return addr_v4(b);
}

static struct packet packet_of(uint8_t proto, uint32_t src, uint16_t sport, uint32_t dst, uint16_t dport)
{
    return (struct packet){
        .state = PKT_OK, .ip_version = 4, .proto = proto, .src = ipv4(src), .dst = ipv4(dst),
        .sport = sport, .dport = dport, .has_ports = proto != IPPROTO_ICMP, .tcp_flags = TH_ACK,
    };
}

static struct packet answer_to(struct packet p)
{
    struct packet a = p;
    a.src = p.dst;
    a.dst = p.src;
    a.sport = p.dport;
    a.dport = p.sport;
    return a;
}

/* A batch of one at r->now_s, counted as the pipeline does. */
static struct flow *see(struct rig *r, struct packet p)
{
    p.ts_ns = r->now_s * S;
    r->b.n = 1;
    r->b.p[0] = p;
    flow_make_room(&r->t);
    flow_batch(&r->t, &r->b);
    struct flow *f = r->b.p[0].flow;
    if (f != NULL) {
        f->pkts[r->b.p[0].dir]++;
        if (p.ts_ns > f->last_ns)
            f->last_ns = p.ts_ns;
    }
    return f;
}

static void wait_s(struct rig *r, uint64_t s)
{
    r->now_s += s;
    r->t.now_ns = r->now_s * S;
    flow_make_room(&r->t);
}

/* ---- identity ---- */

static void both_directions_are_one_flow(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP };
    for (unsigned i = 0; i < sizeof protos; i++) {
        struct packet p = packet_of(protos[i], 0x0a000001, 40000, 0x0a000002, 443);
        struct flow *f = see(&r, p);
        CHECK(f != NULL && r.b.p[0].dir == TO_SERVER);
        CHECK(see(&r, answer_to(p)) == f && r.b.p[0].dir == TO_CLIENT);
        CHECK(see(&r, p) == f && f->pkts[0] == 2 && f->pkts[1] == 1);
    }
    CHECK(r.t.slab.used == sizeof protos);
    tear_down(&r);
}

static void ends_that_differ_only_in_ports_are_told_apart(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet p = packet_of(IPPROTO_UDP, 0x7f000001, 4000, 0x7f000001, 5000);
    struct flow *f = see(&r, p);
    CHECK(see(&r, answer_to(p)) == f && r.b.p[0].dir == TO_CLIENT);
    p = packet_of(IPPROTO_UDP, 0x7f000001, 4000, 0x7f000001, 4000);     /* with itself */
    CHECK(see(&r, p) != f && r.b.p[0].dir == TO_SERVER);
    CHECK(r.t.slab.used == 2);
    tear_down(&r);
}

static void vlans_and_tenants_are_lanes(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet plain = packet_of(IPPROTO_TCP, 1, 40000, 2, 80), tagged = plain, two = plain, tenant = plain;
    tagged.n_vlan = 1;
    tagged.vlan[0] = 7;
    two.n_vlan = 2;
    two.vlan[1] = 7;        /* 0 and 7: not the same as 7 */
    tenant.tenant = 8;
    struct flow *f[4] = { see(&r, plain), see(&r, tagged), see(&r, two), see(&r, tenant) };
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++)
            CHECK(f[i] != f[k]);
    CHECK(see(&r, answer_to(tagged)) == f[1] && see(&r, answer_to(tenant)) == f[3]);

    tear_down(&r);
    set_up(&r, N);
    r.cfg.vlan_tracking = false;            /* a mirror that tags one direction only */
    f[0] = see(&r, plain);
    CHECK(see(&r, answer_to(tagged)) == f[0] && see(&r, two) == f[0]);
    CHECK(see(&r, tenant) != f[0]);
    tear_down(&r);
}

static void ipv4_and_ipv6_are_two_flows(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet four = packet_of(IPPROTO_TCP, 0x01020304, 40000, 0x05060708, 80), six = four;
    six.ip_version = 6;
    memset(&six.src, 0, sizeof six.src);
    memset(&six.dst, 0, sizeof six.dst);
    memcpy(six.src.b, "\xfd\0\0\0\0\0\0\1\0\0\0\0\1\2\3\4", 16);
    memcpy(six.dst.b, "\xfd\0\0\0\0\0\0\1\0\0\0\0\5\6\7\x08", 16);
    struct flow *f4 = see(&r, four), *f6 = see(&r, six);
    CHECK(f4 != f6 && see(&r, answer_to(four)) == f4 && see(&r, answer_to(six)) == f6);
    memcpy(six.src.b, "\xfd\0\0\0\0\0\0\2", 8);     /* the upper halves count */
    CHECK(see(&r, six) != f6);
    tear_down(&r);
}

static void the_client_is_who_began(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    const struct { uint8_t flags; uint16_t sport, dport, client_port; } cases[] = {
        { TH_SYN, 80, 40000, 80 },              /* the sender of a SYN, whatever its port */
        { TH_SYN | TH_ACK, 40001, 50000, 50000 },
        { TH_ACK, 443, 40002, 40002 },          /* in mid-stream: the higher port */
        { TH_ACK, 40003, 443, 40003 },
        { TH_ACK, 40004, 40005, 40004 },        /* no telling: the sender */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct packet p = packet_of(IPPROTO_TCP, 1 + i, cases[i].sport, 100 + i, cases[i].dport);
        p.tcp_flags = cases[i].flags;
        struct flow *f = see(&r, p);
        CHECK(f->client_port == cases[i].client_port);
        CHECK(((f->flags & FLOW_MIDSTREAM) != 0) == ((cases[i].flags & TH_SYN) == 0));
        CHECK(r.b.p[0].dir == (p.sport == f->client_port ? TO_SERVER : TO_CLIENT));
    }
    tear_down(&r);
}

static void packets_without_ip_have_no_flow(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    const enum packet_state without[] = { PKT_NOT_IP, PKT_FRAGMENT, PKT_BAD };
    for (unsigned i = 0; i < 3; i++) {
        struct packet p = packet_of(IPPROTO_TCP, 1, 2, 3, 4);
        p.state = without[i];
        CHECK(see(&r, p) == NULL);
    }
    struct packet p = packet_of(IPPROTO_TCP, 1, 2, 3, 4);
    p.bad_checksum = true;
    CHECK(see(&r, p) == NULL && r.t.n.opened == 0);
    tear_down(&r);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void ids_are_unique_while_slots_are_used_again(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    for (uint32_t i = 0; i < 4096; i++)         /* the same four ends over and over */
        CHECK(see(&r, packet_of(IPPROTO_UDP, 1 + i % 512, 1000, 2, 53)) != NULL), wait_s(&r, i % 64 == 63 ? 61 : 0);
    flow_end_all(&r.t, FLOW_WHY_SHUTDOWN);
    CHECK(r.closed.n_ids == 4096 && r.t.slab.fresh <= N + 1);
    qsort(r.closed.ids, r.closed.n_ids, sizeof r.closed.ids[0], by_value);
    for (unsigned i = 0; i < r.closed.n_ids; i++)
        CHECK(r.closed.ids[i] <= (1ULL << 51) - 1 && (i == 0 || r.closed.ids[i] != r.closed.ids[i - 1]));
    tear_down(&r);
    struct flow last = { .id_high = UINT32_MAX, .hash = UINT32_MAX };
    CHECK(flow_id(&last) == (1ULL << 51) - 1);
}

/* ---- room ---- */

static void a_full_table_costs_the_idle_and_spares_the_alerted(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet wanted = packet_of(IPPROTO_UDP, 1, 1, 9, 53), busy = packet_of(IPPROTO_UDP, 2, 2, 9, 53);
    struct flow *f = see(&r, wanted);
    f->flags |= FLOW_ALERTED;
    see(&r, busy);
    for (uint32_t i = 0; i < 4 * N; i++) {
        r.now_s += i % 32 == 0;
        CHECK(see(&r, packet_of(IPPROTO_UDP, 100 + i, 1, 9, 53)) != NULL);
        see(&r, busy);
        CHECK(r.t.slab.n - r.t.slab.used >= BATCH_MAX - 2);
    }
    CHECK(r.t.n.evicted > 2 * N && r.closed.n[FLOW_WHY_FORCED] == r.t.n.evicted && r.closed.n[FLOW_WHY_TIMEOUT] == 0);
    CHECK(see(&r, busy)->pkts[0] == 4 * N + 2);     /* it has been there all the time */
    CHECK(r.closed.alerted == 0 && see(&r, wanted)->pkts[0] == 2);
    tear_down(&r);
}

static void when_all_are_alerted_somebody_goes_all_the_same(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    for (uint32_t i = 0; i < 2 * N; i++) {
        struct flow *f = see(&r, packet_of(IPPROTO_UDP, i, 1, 9, 53));
        CHECK(f != NULL);
        f->flags |= FLOW_ALERTED;
    }
    CHECK(r.t.n.evicted > 0);
    tear_down(&r);
}

static void a_flood_of_syns_costs_only_syns(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 1024);
    struct packet p = packet_of(IPPROTO_TCP, 1, 40000, 2, 80);
    flow_set_state(&r.t, see(&r, p), STATE_ESTABLISHED);
    for (uint32_t i = 0; i < 10000; i++) {
        struct packet syn = packet_of(IPPROTO_TCP, 100 + i, 1, 9, 80);
        syn.tcp_flags = TH_SYN;
        CHECK(see(&r, syn) != NULL && r.t.half_n <= r.t.half_max);
    }
    CHECK(r.t.n.half_open_evicted == r.closed.n[FLOW_WHY_FORCED] && r.t.n.evicted == 0);
    CHECK(r.t.slab.used <= 1 + 1024 / 4 && see(&r, p)->pkts[0] == 2);
    tear_down(&r);
}

static void a_small_table_still_waits_for_answers(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet syn = packet_of(IPPROTO_TCP, 1, 40000, 2, 80);
    syn.tcp_flags = TH_SYN;
    struct flow *f = see(&r, syn);
    CHECK(see(&r, answer_to(syn)) == f && r.closed.n_ids == 0);
    tear_down(&r);
}

static void a_whole_batch_of_new_flows_fits(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    for (uint32_t round = 0; round < 50; round++) {
        r.b.n = BATCH_MAX;
        for (uint32_t i = 0; i < BATCH_MAX; i++) {
            r.b.p[i] = packet_of(IPPROTO_TCP, round, (uint16_t)i, 9, 80);
            r.b.p[i].tcp_flags = round % 2 ? TH_SYN : TH_ACK;
            r.b.p[i].ts_ns = r.now_s * S;
        }
        flow_make_room(&r.t);
        flow_batch(&r.t, &r.b);
        for (unsigned i = 0; i < BATCH_MAX; i++)
            CHECK(r.b.p[i].flow != NULL);
    }
    tear_down(&r);
}

/* ---- time ---- */

static void idle_times_are_kept(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet syn = packet_of(IPPROTO_TCP, 1, 1, 2, 80);
    syn.tcp_flags = TH_SYN;
    see(&r, syn);
    flow_set_state(&r.t, see(&r, packet_of(IPPROTO_TCP, 3, 1, 2, 80)), STATE_ESTABLISHED);
    struct flow *f = see(&r, packet_of(IPPROTO_TCP, 4, 1, 2, 80));
    f->flags |= FLOW_FIN_CLIENT | FLOW_FIN_SERVER;
    flow_set_state(&r.t, f, STATE_CLOSED);
    flow_set_state(&r.t, see(&r, packet_of(IPPROTO_TCP, 7, 1, 2, 80)), STATE_CLOSED);   /* by a RST, perhaps a decoy */
    see(&r, packet_of(IPPROTO_UDP, 5, 1, 2, 53));
    see(&r, packet_of(IPPROTO_ICMP, 6, 8, 2, 0));
    const struct { uint64_t at; uint32_t left; } steps[] = {
        { 9, 6 }, { 12, 5 }, { 29, 5 }, { 32, 4 }, { 59, 4 }, { 62, 1 }, { 599, 1 }, { 602, 0 },
    };
    uint64_t start = r.now_s;
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        wait_s(&r, start + steps[i].at - r.now_s);
        CHECK(r.t.slab.used == steps[i].left);
    }
    CHECK(r.t.n.timed_out == 6 && r.closed.n[FLOW_WHY_TIMEOUT] == 6);
    tear_down(&r);
}

static void a_flow_that_speaks_stays(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    r.cfg.tcp_established_s = 86400;            /* longer than the wheel goes round */
    struct packet udp = packet_of(IPPROTO_UDP, 1, 1, 2, 53), tcp = packet_of(IPPROTO_TCP, 1, 40000, 2, 80);
    flow_set_state(&r.t, see(&r, tcp), STATE_ESTABLISHED);
    uint64_t start = r.now_s;
    for (unsigned i = 0; i < 1000; i++, wait_s(&r, 59))
        CHECK(see(&r, udp)->pkts[0] == i + 1);
    wait_s(&r, start + 86399 - r.now_s);
    CHECK(see(&r, tcp)->pkts[0] == 2 && r.t.n.timed_out == 1);
    tear_down(&r);
}

static void time_that_jumps_loses_nothing_that_is_active(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet p = packet_of(IPPROTO_UDP, 1, 1, 2, 53);
    static const int64_t jumps[] = { -5, 5, -3600, 1, -1700000000 + 4000, 30, 1000000, -100000, 1 };
    uint32_t expected = 0;
    for (unsigned i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        see(&r, p);
        see(&r, p);
        bool lost = jumps[i] > r.cfg.udp_s;     /* it has been idle for so long by packet time */
        r.now_s += (uint64_t)jumps[i];
        struct flow *f = see(&r, p);
        see(&r, p);                             /* expiry looks at the last batch's time */
        CHECK(see(&r, p) == f || lost);
        expected += lost;
        CHECK(r.t.slab.used == 1 && r.t.n.timed_out <= expected);
    }
    tear_down(&r);
}

static void after_a_jump_the_idle_go_in_their_time(void **state)
{
    (void)state;
    static const int64_t jumps[] = { 100000, -100000, 1, 2000 };
    for (unsigned i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        static struct rig r;
        set_up(&r, N);
        for (uint32_t k = 0; k < 100; k++)
            see(&r, packet_of(IPPROTO_UDP, 100 + k, 1, 2, 53));
        r.now_s += (uint64_t)jumps[i];
        for (uint32_t k = 0; k < 100; k++)
            see(&r, packet_of(IPPROTO_UDP, 300 + k, 1, 2, 53));
        wait_s(&r, 62);
        /* Where time went back the old ones are in the future, and wait until it comes again. */
        CHECK(r.t.slab.used == (jumps[i] < 0 ? 100u : 0u));
        wait_s(&r, 200000);
        CHECK(r.t.slab.used == 0);
        tear_down(&r);
    }
}

static void a_closed_connection_may_begin_again_in_its_place(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct packet p = packet_of(IPPROTO_TCP, 1, 40000, 2, 80);
    p.tcp_flags = TH_SYN;
    struct flow *f = see(&r, p);
    uint64_t id = flow_id(f);
    flow_set_state(&r.t, f, STATE_ESTABLISHED);
    flow_set_state(&r.t, f, STATE_CLOSED);
    struct packet back = answer_to(p);          /* and now the other end begins */
    back.ts_ns = r.now_s * S;
    flow_restart(&r.t, f, &back);
    CHECK(r.closed.n[FLOW_WHY_REUSED] == 1 && r.closed.ids[0] == id && flow_id(f) != id);
    CHECK(f->state == STATE_NEW && f->client_port == 80 && (f->flags & FLOW_HALF_OPEN) && r.t.half_n == 1);
    CHECK(see(&r, p) == f && r.b.p[0].dir == TO_CLIENT && r.t.slab.used == 1);
    tear_down(&r);
}

/* ---- visiting ---- */

static void count_visit(void *ctx, struct flow *f)
{
    (void)ctx;
    f->tx_count++;
}

static void a_visit_goes_round(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    flow_visit(&r.t, 10, count_visit, NULL);            /* an empty table */
    struct flow *f[100];
    for (uint32_t i = 0; i < 100; i++)
        f[i] = see(&r, packet_of(i % 2 ? IPPROTO_ICMP : IPPROTO_UDP, 100 + i, 1, 2, 53));
    for (int k = 0; k < 30; k++)
        flow_visit(&r.t, 10, count_visit, NULL);
    for (int i = 0; i < 100; i++)
        CHECK(f[i]->tx_count == 3);
    wait_s(&r, 40);                                     /* half of them leave; free slots are passed over */
    CHECK(r.t.slab.used == 50);
    flow_visit(&r.t, 100, count_visit, NULL);
    for (int i = 0; i < 100; i += 2)
        CHECK(f[i]->tx_count == 4);
    tear_down(&r);
}

static void meta_is_turned_round_with_the_flow(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, N);
    struct flow *f = see(&r, packet_of(IPPROTO_UDP, 1, 1000, 2, 53));
    struct flow_meta m;
    flow_meta(f, &m);
    CHECK(m.client_port == 1000 && m.server_port == 53 && m.pkts[0] == 1 && m.id == flow_id(f));
    f->flags |= FLOW_REVERSED;
    flow_meta(f, &m);
    CHECK(m.client_port == 53 && m.server_port == 1000 && m.pkts[0] == 0 && m.pkts[1] == 1);
    CHECK(flow_app_dir(f, TO_SERVER) == TO_CLIENT && addr_eq(&m.server, &f->client));
    tear_down(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_are_one_flow),
        cmocka_unit_test(ends_that_differ_only_in_ports_are_told_apart),
        cmocka_unit_test(vlans_and_tenants_are_lanes),
        cmocka_unit_test(ipv4_and_ipv6_are_two_flows),
        cmocka_unit_test(the_client_is_who_began),
        cmocka_unit_test(packets_without_ip_have_no_flow),
        cmocka_unit_test(ids_are_unique_while_slots_are_used_again),
        cmocka_unit_test(a_full_table_costs_the_idle_and_spares_the_alerted),
        cmocka_unit_test(when_all_are_alerted_somebody_goes_all_the_same),
        cmocka_unit_test(a_flood_of_syns_costs_only_syns),
        cmocka_unit_test(a_small_table_still_waits_for_answers),
        cmocka_unit_test(a_whole_batch_of_new_flows_fits),
        cmocka_unit_test(idle_times_are_kept),
        cmocka_unit_test(a_flow_that_speaks_stays),
        cmocka_unit_test(time_that_jumps_loses_nothing_that_is_active),
        cmocka_unit_test(after_a_jump_the_idle_go_in_their_time),
        cmocka_unit_test(a_closed_connection_may_begin_again_in_its_place),
        cmocka_unit_test(a_visit_goes_round),
        cmocka_unit_test(meta_is_turned_round_with_the_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
