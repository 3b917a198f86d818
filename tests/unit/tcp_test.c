/* reasm/: what the parsers get to see of a connection, whatever the wire does. */
#include "tcp_harness.h"
#include "test.h"

static const struct span none = { (const uint8_t *)"", 0 };

static struct span text(const char *s) { return (struct span){ (const uint8_t *)s, strlen(s) }; }

static void handshake(struct wire *w, uint32_t c, uint32_t s)
{
    wire_send(w, TO_SERVER, TH_SYN, c, 0, none);
    wire_send(w, TO_CLIENT, TH_SYN | TH_ACK, s, c + 1, none);
    wire_send(w, TO_SERVER, TH_ACK, c + 1, s + 1, none);
}

static void client(struct wire *w, uint32_t seq, const char *s)
{
    wire_send(w, TO_SERVER, TH_ACK | TH_PUSH, seq, 5001, text(s));
}

static void server_acks(struct wire *w, uint32_t ack)
{
    wire_send(w, TO_CLIENT, TH_ACK, 5001, ack, none);
}

#define HEARD(w, dir, wanted) CHECK(strcmp((w)->heard[dir], wanted) == 0)
#define FINISH(w)                                                                                  \
    do {                                                                                           \
        CHECK(wire_finish(w) == 0);                                                                \
        wire_close(w);                                                                             \
    } while (0)

static void bytes_come_in_order(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "one ");
    client(w, 1009, "three");
    client(w, 1005, "two ");
    HEARD(w, TO_SERVER, "one two three");
    wire_send(w, TO_CLIENT, TH_ACK, 5001, 1014, text("answer"));
    HEARD(w, TO_CLIENT, "answer");
    FINISH(w);
}

static void the_first_copy_wins(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "abcd");
    client(w, 1001, "ABCDefgh");        /* sent again, other contents, and more */
    HEARD(w, TO_SERVER, "abcdefgh");
    client(w, 1012, "3333");            /* held */
    client(w, 1009, "xxxYYYYz");        /* what was held stays */
    HEARD(w, TO_SERVER, "abcdefghxxx3333z");
    CHECK(w->tcp.n.overlaps == 1);
    FINISH(w);
}

static void overlapping_pieces_ahead_keep_their_first_bytes(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1005, "BB");
    client(w, 1009, "DD");
    client(w, 1003, "aaxxccyyee");      /* around both */
    client(w, 1001, "00");
    HEARD(w, TO_SERVER, "00aaBBccDDee");
    CHECK(w->tcp.n.clash_bytes == 4);
    FINISH(w);
}

static void sequence_numbers_wrap(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 0xfffffffcu, 5000);
    client(w, 1, "cd");                 /* held: 0xfffffffd, fe, ff and 0 come first */
    client(w, 0xfffffffdu, "wxyz");
    HEARD(w, TO_SERVER, "wxyzcd");
    FINISH(w);
}

static void a_hole_is_told_once_it_is_acknowledged(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "ab");
    client(w, 1007, "gh");
    server_acks(w, 1009);
    HEARD(w, TO_SERVER, "ab");          /* a late frame may still come */
    w->now_ns += 600000000;
    server_acks(w, 1009);
    HEARD(w, TO_SERVER, "ab<4>gh");
    client(w, 1003, "cdef");            /* too late */
    HEARD(w, TO_SERVER, "ab<4>gh");
    CHECK(w->tcp.n.gaps == 1 && w->tcp.n.gap_bytes == 4);
    FINISH(w);
}

static void a_late_frame_closes_the_hole(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1003, "cd");
    server_acks(w, 1005);
    client(w, 1001, "ab");
    HEARD(w, TO_SERVER, "abcd");
    FINISH(w);
}

static void what_is_held_is_told_at_the_end(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1011, "tail");
    CHECK(wire_finish(w) == 0);
    HEARD(w, TO_SERVER, "<10>tail");
    wire_close(w);
}

static void holding_is_bounded(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    w->cfg.reasm_flow_max = 4096;
    handshake(w, 1000, 5000);
    for (uint32_t i = 0; i < 4097; i++)
        client(w, 1002 + i, "x");
    CHECK(w->tcp.n.gaps == 1);
    CHECK(strncmp(w->heard[TO_SERVER], "<1>xxx", 6) == 0);
    FINISH(w);
}

static void a_stream_is_taken_up_in_the_middle(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    client(w, 777, "GET ");
    client(w, 781, "/");
    wire_send(w, TO_CLIENT, TH_ACK, 42, 782, text("HTTP"));
    HEARD(w, TO_SERVER, "GET /");
    HEARD(w, TO_CLIENT, "HTTP");
    CHECK(w->tcp.n.midstream == 1);
    FINISH(w);
}

static void data_on_a_syn_counts_once_it_is_acknowledged(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    wire_send(w, TO_SERVER, TH_SYN, 1000, 0, text("early"));
    HEARD(w, TO_SERVER, "");
    wire_send(w, TO_CLIENT, TH_SYN | TH_ACK, 5000, 1006, none);
    client(w, 1006, " late");
    HEARD(w, TO_SERVER, "early late");
    FINISH(w);

    w = wire_open();                    /* a server without Fast Open drops it */
    wire_send(w, TO_SERVER, TH_SYN, 1000, 0, text("decoy"));
    wire_send(w, TO_CLIENT, TH_SYN | TH_ACK, 5000, 1001, none);
    client(w, 1001, "truth");
    HEARD(w, TO_SERVER, "truth");
    FINISH(w);
}

static void a_rst_outside_the_window_is_ignored(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "a");
    struct flow *f = wire_send(w, TO_SERVER, TH_RST, 1002 + 10000000, 0, none);
    CHECK(f->state == STATE_ESTABLISHED && w->tcp.n.bad_rst == 1);
    f = wire_send(w, TO_CLIENT, TH_RST, 5001 + 10000000, 0, none);
    CHECK(f->state == STATE_ESTABLISHED && w->tcp.n.bad_rst == 2);
    f = wire_send(w, TO_SERVER, TH_FIN | TH_ACK, 1002 + 10000000, 5001, none);
    CHECK(w->tcp.n.bad_fin == 1 && !(f->flags & FLOW_FIN_CLIENT));
    client(w, 1002, "b");
    HEARD(w, TO_SERVER, "ab");
    FINISH(w);
}

static void no_rst_or_fin_ends_inspection(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "a");
    struct flow *f = wire_send(w, TO_SERVER, TH_RST, 1002, 0, none);    /* its TTL ended before the server */
    CHECK(f->state == STATE_CLOSED);
    client(w, 1002, "b");
    HEARD(w, TO_SERVER, "ab");
    wire_send(w, TO_SERVER, TH_FIN | TH_ACK, 1003, 5001, none);
    client(w, 1003, "c");               /* so the FIN was a decoy */
    CHECK(strstr(w->heard[TO_SERVER], "c") != NULL);
    FINISH(w);
}

static void a_decoy_syn_does_not_move_the_stream(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "a");
    wire_send(w, TO_SERVER, TH_SYN, 900000, 0, none);
    client(w, 1002, "b");
    HEARD(w, TO_SERVER, "ab");
    wire_send(w, TO_SERVER, TH_RST, 1003, 0, none);         /* closed by a decoy ... */
    wire_send(w, TO_SERVER, TH_SYN, 1100, 0, none);         /* ... and a decoy start ahead of it */
    client(w, 1003, "c");
    CHECK(strcmp(w->heard[TO_SERVER], "abc") == 0);
    FINISH(w);
}

static void a_reused_port_is_a_new_flow(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "a");
    wire_send(w, TO_SERVER, TH_FIN | TH_ACK, 1002, 5001, none);
    wire_send(w, TO_CLIENT, TH_FIN | TH_ACK, 5001, 1003, none);
    HEARD(w, TO_SERVER, "a$");
    handshake(w, 70000, 90000);
    CHECK(w->closed == 1);
    client(w, 70001, "b");
    HEARD(w, TO_SERVER, "a$b");
    FINISH(w);
}

static void a_lost_close_does_not_hide_the_next_connection(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "a");
    handshake(w, 70000, 90000);         /* the server's answer makes it credible */
    client(w, 70001, "b");
    HEARD(w, TO_SERVER, "ab");
    CHECK(w->closed == 1);
    FINISH(w);
}

static void a_one_sided_capture_is_read(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    wire_send(w, TO_SERVER, TH_SYN, 1000, 0, none);
    wire_send(w, TO_SERVER, TH_ACK, 1001, 5001, none);
    client(w, 1001, "only");
    client(w, 1007, "side");
    CHECK(wire_finish(w) == 0);
    HEARD(w, TO_SERVER, "only<2>side");
    wire_close(w);
}

static void lone_syns_pay_when_room_is_needed(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "before ");
    struct batch *b = calloc(1, sizeof *b);
    for (uint32_t i = 0; i < 20000; i += 8) {
        flow_make_room(&w->flows);
        b->n = 8;
        for (unsigned k = 0; k < 8; k++) {
            uint8_t from[4] = { 11, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)(i + k) };
            b->p[k] = (struct packet){
                .ts_ns = w->now_ns, .state = PKT_OK, .ip_version = 4, .proto = IPPROTO_TCP,
                .src = addr_v4(from), .dst = addr_v4((const uint8_t[]){ 10, 0, 0, 2 }),
                .sport = (uint16_t)i, .dport = 80, .has_ports = true, .tcp_flags = TH_SYN, .wscale = -1,
                .payload = none };
        }
        flow_batch(&w->flows, b);
        CHECK(b->p[7].flow != NULL);
    }
    free(b);
    CHECK(w->flows.n.half_open_evicted > 15000 && w->flows.n.evicted == 0);
    client(w, 1008, "after");
    HEARD(w, TO_SERVER, "before after");
    FINISH(w);
}

static void idle_flows_leave(void **state)
{
    (void)state;
    struct wire *w = wire_open();
    handshake(w, 1000, 5000);
    client(w, 1001, "a");
    w->flows.now_ns += 599ULL * 1000000000;
    flow_make_room(&w->flows);
    CHECK(w->flows.slab.used == 1);
    w->flows.now_ns += 3ULL * 1000000000;
    flow_make_room(&w->flows);
    CHECK(w->flows.slab.used == 0 && w->flows.n.timed_out == 1 && pool_in_use(w->pool) == 0);
    wire_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_in_order),
        cmocka_unit_test(the_first_copy_wins),
        cmocka_unit_test(overlapping_pieces_ahead_keep_their_first_bytes),
        cmocka_unit_test(sequence_numbers_wrap),
        cmocka_unit_test(a_hole_is_told_once_it_is_acknowledged),
        cmocka_unit_test(a_late_frame_closes_the_hole),
        cmocka_unit_test(what_is_held_is_told_at_the_end),
        cmocka_unit_test(holding_is_bounded),
        cmocka_unit_test(a_stream_is_taken_up_in_the_middle),
        cmocka_unit_test(data_on_a_syn_counts_once_it_is_acknowledged),
        cmocka_unit_test(a_rst_outside_the_window_is_ignored),
        cmocka_unit_test(no_rst_or_fin_ends_inspection),
        cmocka_unit_test(a_decoy_syn_does_not_move_the_stream),
        cmocka_unit_test(a_reused_port_is_a_new_flow),
        cmocka_unit_test(a_lost_close_does_not_hide_the_next_connection),
        cmocka_unit_test(a_one_sided_capture_is_read),
        cmocka_unit_test(lone_syns_pay_when_room_is_needed),
        cmocka_unit_test(idle_flows_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
