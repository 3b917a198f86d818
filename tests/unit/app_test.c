/* app/app: who speaks what, on any port, however it is cut; tunnels; memory. */
#include "app/app.h"
#include "app/starttls.h"
#include "quic_seal.h"
#include "test.h"

#include <netinet/in.h>
#include <stdio.h>

/* ---- a flow and what it told ---- */

struct rig { struct app a; struct pool *pool; struct flow f; char log[8192]; size_t n; };

static void note(struct rig *r, const char *what, struct span s)
{
    int n = snprintf(r->log + r->n, sizeof r->log - r->n, "%s%.*s;", what, (int)s.n, (const char *)s.p);
    r->n += (size_t)n;
    CHECK(r->n < sizeof r->log);
}

static void on_fact(void *ctx, const struct fact *f)
{
    struct rig *r = ctx;
    const struct span none = SPAN_NONE;
    switch (f->kind) {
    case FACT_HTTP_REQUEST: note(r, "request ", f->http->req.uri); break;
    case FACT_HTTP_RESPONSE: note(r, "response ", f->http->resp.status_text); break;
    case FACT_HTTP_DONE: note(r, "done ", f->http->req.uri); break;
    case FACT_TLS_CLIENT: note(r, "hello ", f->tls->sni); break;
    case FACT_DNS: note(r, f->dns->response ? "answer " : "query ", f->dns->question[0].name); break;
    case FACT_QUIC: note(r, "quic ", f->quic->tls != NULL ? f->quic->tls->sni : none); break;
    default: break;
    }
}

static void set_up(struct rig *r, uint32_t flows)
{
    memset(r, 0, sizeof *r);
    r->pool = pool_open(1 << 20);
    struct app_out out = {
        .fact = on_fact, .ctx = r, .pool = r->pool,
        .limits = { .head_max = 8192, .body_max = 8192, .pipeline_max = 64 },
    };
    CHECK(app_open(&r->a, flows, &out) == 0);
    r->f = (struct flow){ .proto = IPPROTO_TCP, .client_port = 40000, .server_port = 31337 };
}

static void end_flow(struct rig *r)
{
    app_flow_closed(&r->a, &r->f);
    CHECK(r->a.parsers.used == 0 && pool_in_use(r->pool) == 0);
    r->f = (struct flow){ .proto = IPPROTO_TCP, .client_port = 40000, .server_port = 31337 };
}

static void tear_down(struct rig *r)
{
    end_flow(r);
    app_close(&r->a);
    pool_close(r->pool);
}

static void say(struct rig *r, enum dir dir, struct span bytes)
{
    struct span copy = exact_copy(bytes, bytes.n);
    if (!(r->f.flags & FLOW_QUIET))         /* nobody calls it then */
        app_tcp(&r->a, &r->f, dir, copy);
    exact_free(copy);
}

#define CLIENT(r, text) say(r, TO_SERVER, SPAN(text))
#define SERVER(r, text) say(r, TO_CLIENT, SPAN(text))

static bool told(struct rig *r, const char *log)
{
    bool same = strcmp(r->log, log) == 0;
    if (!same)
        fprintf(stderr, "told '%s', expected '%s'\n", r->log, log);
    r->n = 0;
    r->log[0] = '\0';
    return same;
}

/* ---- what is said ---- */

/* By hand from RFC 8446 4.1.2: one cipher suite, server_name. */
static const char hello[] =
    "\x16\x03\x01\0\x43" "\x01\0\0\x3f" "\x03\x03" "random-random-random-random-rand" "\0" "\0\x02\x13\x01" "\x01\0"
    "\0\x14" "\0\0\0\x10" "\0\x0e" "\0" "\0\x0b" "npm.example";
static const char server_hello[] =
    "\x16\x03\x03\0\x2a" "\x02\0\0\x26" "\x03\x03" "random-random-random-random-rand" "\0" "\x13\x01" "\0";
static const char get[] = "GET /a HTTP/1.1\r\nHost: npm.example\r\n\r\n";
static const char no_content[] = "HTTP/1.1 204 No Content\r\n\r\n";
static const char open_tunnel[] = "CONNECT npm.example:443 HTTP/1.1\r\nHost: npm.example:443\r\n\r\n";
static const char connected[] = "HTTP/1.1 200 Connection established\r\n\r\n";
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" "\0\0\0\x04\0\0\0\0\0" "\0\0\x03\x01\x05\0\0\0\x01\x82\x84\x87";
static const char query[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0" "\x03npm\x07" "example\0\0\x01\0\x01";
static const char answer[] = "\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0" "\x03npm\x07" "example\0\0\x01\0\x01"
                             "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\0\0\x01";
static const char tcp_query[] = "\0\x1d" "\x12\x34\x01\0\0\x01\0\0\0\0\0\0" "\x03npm\x07" "example\0\0\x01\0\x01";

static const struct { enum app_proto app; struct span opening; const char *log; } openings[] = {
    { APP_HTTP, { (const uint8_t *)get, sizeof get - 1 }, "request /a;" },
    { APP_TLS, { (const uint8_t *)hello, sizeof hello - 1 }, "hello npm.example;" },
    { APP_HTTP2, { (const uint8_t *)preface, sizeof preface - 1 }, "request /;" },
    { APP_DNS, { (const uint8_t *)tcp_query, sizeof tcp_query - 1 }, "query npm.example;" },
};
enum { OPENINGS = sizeof openings / sizeof openings[0] };

/* ---- recognition ---- */

static void every_protocol_is_known_on_any_port_however_it_is_cut(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    for (unsigned i = 0; i < OPENINGS; i++) {
        struct span o = openings[i].opening;
        for (size_t cut = 0; cut <= o.n; cut++) {
            say(&r, TO_SERVER, span_sub(o, 0, cut));
            say(&r, TO_SERVER, span_sub(o, cut, o.n));
            CHECK(told(&r, openings[i].log) && r.f.app == openings[i].app && r.f.app_base == openings[i].app);
            end_flow(&r);
            told(&r, r.log);
        }
        for (size_t at = 0; at < o.n; at++)
            say(&r, TO_SERVER, span_sub(o, at, 1));
        CHECK(told(&r, openings[i].log));
        end_flow(&r);
        told(&r, r.log);
    }
    tear_down(&r);
}

static void what_both_ends_sent_before_recognition_is_not_lost(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    SERVER(&r, "HTT");              /* may become anything */
    CLIENT(&r, "GE");
    SERVER(&r, "P/1.1 204 No Content\r\n");
    CLIENT(&r, "T /a HTTP/1.1\r\n\r\n");
    SERVER(&r, "\r\n");
    CHECK(r.f.app == APP_HTTP && strstr(r.log, "request /a;") != NULL && strstr(r.log, "response 204;") != NULL);
    tear_down(&r);
}

static void the_server_may_speak_first(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    say(&r, TO_CLIENT, SPAN(server_hello));
    CHECK(r.f.app == APP_TLS && !(r.f.flags & FLOW_REVERSED));
    say(&r, TO_SERVER, SPAN(hello));
    CHECK(told(&r, "hello npm.example;"));
    end_flow(&r);
    SERVER(&r, "SSH-2.0-OpenSSH_9.6\r\n");
    CHECK(r.f.app == APP_UNKNOWN);
    tear_down(&r);
}

static void a_greeting_that_nobody_knows_does_not_hide_what_follows(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    CLIENT(&r, "\x05\x01\0");                                   /* SOCKS 5, RFC 1928 */
    SERVER(&r, "\x05\0");
    CLIENT(&r, "\x05\x01\0\x03\x0bnpm.example\0\x50");
    SERVER(&r, "\x05\0\0\x01\0\0\0\0\0\0");
    say(&r, TO_SERVER, SPAN(get));
    say(&r, TO_CLIENT, SPAN(no_content));
    CHECK(told(&r, "request /a;response 204;done /a;") && r.f.app == APP_HTTP);
    tear_down(&r);
}

static void what_nobody_knows_is_quiet_after_some_tries(void **state)
{
    (void)state;
    static const struct { bool both, midstream; size_t n; unsigned slices; } ways[] = {
        { true, false, 100, 7 }, { false, false, 100, 16 }, { false, true, 100, 48 },
        { true, false, 20, 31 }, { false, false, 20, 64 },      /* greetings are short */
    };
    static struct rig r;
    static uint8_t noise[100];
    memset(noise, 0xff, sizeof noise);
    for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        set_up(&r, 16);
        r.f.flags |= ways[i].midstream ? FLOW_MIDSTREAM : 0;
        unsigned slices = 0;
        for (; !(r.f.flags & FLOW_QUIET) && slices < 1000; slices++)
            say(&r, ways[i].both && slices % 2 ? TO_CLIENT : TO_SERVER, (struct span){ noise, ways[i].n });
        CHECK(slices == ways[i].slices);
        CHECK(r.f.app == APP_FAILED && strcmp(app_name((enum app_proto)r.f.app), "failed") == 0);
        CHECK(r.a.n.failed == 1 && r.a.parsers.used == 0 && pool_in_use(r.pool) == 0);
        tear_down(&r);
    }
}

static void waiting_has_an_end(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    unsigned n = 0;
    for (; !(r.f.flags & FLOW_QUIET) && n < 100000; n++) {      /* each byte could still become a request */
        CLIENT(&r, "A");
        CHECK(pool_in_use(r.pool) <= 4096);
    }
    CHECK(n < 5000 && r.f.app == APP_FAILED);
    tear_down(&r);
}

static void in_mid_stream_the_servers_bytes_turn_the_flow_round(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    r.f.flags |= FLOW_MIDSTREAM;            /* whoever sent first was taken for the client */
    say(&r, TO_SERVER, SPAN(no_content));
    CHECK(r.f.app == APP_HTTP && (r.f.flags & FLOW_REVERSED));
    told(&r, r.log);
    say(&r, TO_CLIENT, SPAN(get));
    CHECK(told(&r, "request /a;"));
    end_flow(&r);
    told(&r, r.log);
    say(&r, TO_SERVER, SPAN(no_content));   /* where the beginning was seen there is no doubt */
    CHECK(r.f.app == APP_UNKNOWN && !(r.f.flags & FLOW_REVERSED));
    tear_down(&r);
}

static void after_a_hole_recognition_begins_again(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    CLIENT(&r, "GET");
    app_gap(&r.a, &r.f, TO_SERVER, 100);
    CHECK((r.f.flags & FLOW_MIDSTREAM) && pool_in_use(r.pool) == 0);
    say(&r, TO_SERVER, SPAN(get));
    CHECK(told(&r, "request /a;"));
    tear_down(&r);
}

/* ---- tunnels ---- */

static void connect_then_tls(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    for (size_t cut = 1; cut < sizeof hello - 1; cut += 7) {
        r.f.flags |= FLOW_APP_TOLD;
        say(&r, TO_SERVER, SPAN(open_tunnel));
        say(&r, TO_CLIENT, SPAN(connected));
        CHECK(r.f.app == APP_UNKNOWN && r.f.app_base == APP_HTTP && (r.f.flags & FLOW_TUNNEL));
        CHECK(!(r.f.flags & FLOW_APP_TOLD));        /* rules of the inner protocol's name are asked, too */
        say(&r, TO_SERVER, span_sub(SPAN(hello), 0, cut));
        say(&r, TO_SERVER, span_sub(SPAN(hello), cut, sizeof hello));
        CHECK(told(&r, "request npm.example:443;response 200;done npm.example:443;hello npm.example;"));
        CHECK(r.f.app == APP_TLS && r.f.app_base == APP_HTTP);
        end_flow(&r);
        told(&r, r.log);
    }
    tear_down(&r);
}

static void connect_in_one_piece_with_what_it_carries(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    char both[sizeof connected + sizeof server_hello];
    memcpy(both, connected, sizeof connected - 1);
    memcpy(both + sizeof connected - 1, server_hello, sizeof server_hello - 1);
    say(&r, TO_SERVER, SPAN(open_tunnel));
    say(&r, TO_CLIENT, (struct span){ (const uint8_t *)both, sizeof connected + sizeof server_hello - 2 });
    say(&r, TO_SERVER, SPAN(hello));
    CHECK(r.f.app == APP_TLS && strstr(r.log, "hello npm.example;") != NULL);
    tear_down(&r);
}

static void tunnels_in_tunnels_up_to_a_depth(void **state)
{
    (void)state;
    enum { DEPTH_MAX = 200 };
    static struct rig r;
    set_up(&r, 16);
    for (unsigned depth = 1; depth <= DEPTH_MAX + 2; depth += depth == 1 ? DEPTH_MAX - 1 : 1) {
        for (unsigned i = 0; i < depth; i++) {
            say(&r, TO_SERVER, SPAN(open_tunnel));
            say(&r, TO_CLIENT, SPAN(connected));
            told(&r, r.log);
        }
        say(&r, TO_SERVER, SPAN(hello));
        CHECK(told(&r, depth <= DEPTH_MAX ? "hello npm.example;" : ""));
        CHECK(((r.f.flags & FLOW_QUIET) != 0) == (depth > DEPTH_MAX));
        end_flow(&r);
        told(&r, r.log);
    }
    tear_down(&r);
}

static void starttls_then_tls(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    SERVER(&r, "220 mx.example ESMTP\r\n");
    CHECK(r.f.app == APP_STARTTLS + STARTTLS_SMTP && strcmp(app_name((enum app_proto)r.f.app), "smtp") == 0);
    CLIENT(&r, "EHLO a\r\n");
    SERVER(&r, "250-mx.example\r\n250 STARTTLS\r\n");
    CLIENT(&r, "STARTTLS\r\n");
    SERVER(&r, "220 go ahead\r\n");
    say(&r, TO_SERVER, SPAN(hello));
    CHECK(told(&r, "hello npm.example;") && r.f.app == APP_TLS && r.f.app_base == APP_STARTTLS + STARTTLS_SMTP);
    tear_down(&r);
}

/* ---- memory ---- */

static void shedding_tells_once_and_begins_again(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    say(&r, TO_SERVER, SPAN(get));
    CHECK(told(&r, "request /a;") && r.a.parsers.used == 1);
    app_shed(&r.a, &r.f);
    CHECK(told(&r, "done /a;") && r.a.parsers.used == 0 && pool_in_use(r.pool) == 0 && r.a.n.shed == 1);
    app_shed(&r.a, &r.f);                   /* there is nothing left to give */
    CHECK(told(&r, "") && r.a.n.shed == 1);
    say(&r, TO_SERVER, SPAN(get));
    say(&r, TO_CLIENT, SPAN(no_content));
    CHECK(told(&r, "request /a;response 204;done /a;") && !(r.f.flags & FLOW_REVERSED));
    end_flow(&r);

    say(&r, TO_SERVER, span_sub(SPAN(hello), 0, 60));
    app_shed(&r.a, &r.f);                   /* the rest of a hello begins nothing */
    CHECK((r.f.flags & FLOW_QUIET) && r.f.app == APP_TLS);
    end_flow(&r);

    CLIENT(&r, "GE");
    app_shed(&r.a, &r.f);
    say(&r, TO_SERVER, SPAN(get));
    CHECK(r.f.app == APP_HTTP);
    tear_down(&r);
}

static void without_a_parser_a_flow_is_quiet_and_counted(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 1);
    uint32_t slot;
    CHECK(slab_take(&r.a.parsers, &slot) != NULL);
    say(&r, TO_SERVER, SPAN(get));
    CHECK((r.f.flags & FLOW_QUIET) && r.a.n.no_memory == 1 && told(&r, ""));
    slab_give(&r.a.parsers, slot);
    tear_down(&r);
}

static void without_buffers_nothing_breaks(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    void *held[64];
    unsigned n = 0;
    while (n < 64 && (held[n] = pool_take(r.pool, POOL_MAX)) != NULL)
        n++;
    for (unsigned i = 0; i < OPENINGS; i++)
        for (size_t cut = 1; cut < openings[i].opening.n; cut += 5) {
            say(&r, TO_SERVER, span_sub(openings[i].opening, 0, cut));
            say(&r, TO_SERVER, span_sub(openings[i].opening, cut, openings[i].opening.n));
            app_flow_closed(&r.a, &r.f);
            CHECK(r.a.parsers.used == 0);
            r.f = (struct flow){ .proto = IPPROTO_TCP };
        }
    while (n > 0)
        pool_give(r.pool, held[--n]);
    tear_down(&r);
}

/* ---- datagrams ---- */

static void hear(struct rig *r, enum dir dir, struct span d)
{
    struct span copy = exact_copy(d, d.n);
    app_udp(&r->a, &r->f, dir, copy);
    exact_free(copy);
}

static void dns_over_udp_on_any_port(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    for (int usual = 0; usual < 2; usual++) {
        r.f = (struct flow){ .proto = IPPROTO_UDP, .client_port = 40000, .server_port = usual ? 53 : 31337 };
        hear(&r, TO_SERVER, SPAN(query));
        hear(&r, TO_CLIENT, SPAN(answer));
        CHECK(told(&r, "query npm.example;answer npm.example;") && r.f.app == APP_DNS);
        CHECK(r.a.parsers.used == 0);       /* it needs none */
        end_flow(&r);
    }
    tear_down(&r);
}

static void quic_over_udp(void **state)
{
    (void)state;
    static struct rig r;
    static uint8_t datagram[SEAL_MAX];
    set_up(&r, 16);
    r.f = (struct flow){ .proto = IPPROTO_UDP, .client_port = 40000, .server_port = 31337 };
    const struct span dcid = SPAN("\x83\x94\xc8\xf0\x3e\x51\x57\x08");
    struct quic_keys keys;
    quic_keys_client(1, dcid, &keys);
    uint8_t frame[1200] = { 0x06, 0, (uint8_t)(0x40 | (sizeof hello - 6) >> 8), (uint8_t)(sizeof hello - 6) };
    memcpy(frame + 4, hello + 5, sizeof hello - 6);
    struct initial i = { 1, dcid, SPAN_NONE, 0 };
    size_t n = quic_initial(&keys, &i, (struct span){ frame, sizeof frame }, datagram);
    hear(&r, TO_SERVER, (struct span){ datagram, n });
    CHECK(told(&r, "quic npm.example;") && r.f.app == APP_QUIC && pool_in_use(r.pool) == 0);
    app_shed(&r.a, &r.f);
    hear(&r, TO_SERVER, (struct span){ datagram, n });
    hear(&r, TO_SERVER, SPAN(query));       /* not on the port of DNS: noise */
    CHECK(r.f.app == APP_QUIC && strstr(r.log, "query") == NULL);
    tear_down(&r);
}

static void unknown_datagrams_hide_nothing(void **state)
{
    (void)state;
    static struct rig r;
    set_up(&r, 16);
    r.f = (struct flow){ .proto = IPPROTO_UDP, .client_port = 40000, .server_port = 53 };
    for (int i = 0; i < 300; i++) {
        CHECK(r.f.app == (i < 4 ? APP_UNKNOWN : APP_FAILED) && r.a.parsers.used == 0);
        hear(&r, TO_SERVER, SPAN("\x01\x02\x03 of no protocol"));
        hear(&r, TO_CLIENT, SPAN_NONE);
    }
    hear(&r, TO_SERVER, SPAN(query));
    CHECK(told(&r, "query npm.example;") && r.f.app == APP_DNS && r.f.app_base == APP_DNS);
    tear_down(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_protocol_is_known_on_any_port_however_it_is_cut),
        cmocka_unit_test(what_both_ends_sent_before_recognition_is_not_lost),
        cmocka_unit_test(the_server_may_speak_first),
        cmocka_unit_test(a_greeting_that_nobody_knows_does_not_hide_what_follows),
        cmocka_unit_test(what_nobody_knows_is_quiet_after_some_tries),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(in_mid_stream_the_servers_bytes_turn_the_flow_round),
        cmocka_unit_test(after_a_hole_recognition_begins_again),
        cmocka_unit_test(connect_then_tls),
        cmocka_unit_test(connect_in_one_piece_with_what_it_carries),
        cmocka_unit_test(tunnels_in_tunnels_up_to_a_depth),
        cmocka_unit_test(starttls_then_tls),
        cmocka_unit_test(shedding_tells_once_and_begins_again),
        cmocka_unit_test(without_a_parser_a_flow_is_quiet_and_counted),
        cmocka_unit_test(without_buffers_nothing_breaks),
        cmocka_unit_test(dns_over_udp_on_any_port),
        cmocka_unit_test(quic_over_udp),
        cmocka_unit_test(unknown_datagrams_hide_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
