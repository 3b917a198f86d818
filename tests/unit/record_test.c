/* Records: what is written is read back, long strings are cut, and broken bytes are refused. */
#include "events_fixture.h"

/* n bytes of one kind; freed at the end of the test. */
static struct span filled(uint8_t with, size_t n)
{
    uint8_t *p = malloc(n);
    memset(p, with, n);
    return (struct span){ p, n };
}

static void long_strings_are_cut(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct span url = filled('u', 70000);
    struct http_tx t = { .has_request = true };
    t.req.uri = url;
    CHECK(record_http(x->ring, &x->meta, &t));
    fx_lines(x);
    CHECK(x->event.http.req.uri.n == CUT_URL);
    exact_free(url);
    fx_close(x);
}

static void a_cut_does_not_halve_a_character(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct span name = filled('n', CUT_HOST + 10);
    memcpy((uint8_t *)(uintptr_t)name.p + CUT_HOST - 1, "\xe2\x82\xac", 3);
    struct tls_session s = { .has_client = true, .sni = name };
    CHECK(record_tls(x->ring, &x->meta, &s));
    const char *line = fx_lines(x);
    CHECK(x->event.tls.sni.n == CUT_HOST - 1 && strstr(line, "\\u00") == NULL);
    exact_free(name);
    fx_close(x);
}

static void worst_alert(struct fixture *x, struct span junk, const struct fact *f)
{
    struct kv meta[ALERT_META_MAX + 5];
    struct span refs[ALERT_REFS_MAX + 5];
    uint8_t keys[ALERT_META_MAX + 5];
    for (unsigned i = 0; i < ALERT_META_MAX + 5; i++) {
        keys[i] = (uint8_t)i;
        meta[i] = (struct kv){ { keys + i, 1 }, junk };
    }
    for (unsigned i = 0; i < ALERT_REFS_MAX + 5; i++)
        refs[i] = junk;
    struct alert_info a = { .sid = UINT32_MAX, .gid = UINT32_MAX, .rev = UINT32_MAX, .severity = 1,
                            .verdict = ALERT_REJECTED, .tx_id = INT64_MAX, .msg = junk,
                            .category = junk, .metadata = meta, .n_metadata = ALERT_META_MAX + 5,
                            .references = refs, .n_references = ALERT_REFS_MAX + 5 };
    for (int ext = 0; ext < 2; ext++) {
        x->config.eve_extensions = ext;
        CHECK(record_alert(x->ring, &x->meta, &a, f));
        size_t n = strlen(fx_lines(x));
        CHECK(n > 5000 && n < 60000);
    }
}

/* The largest of each protocol, once with bytes that pass as they are, once with bytes that take six
 * each. */
static void the_longest_line_is_bounded(void **state)
{
    (void)state;
    static const uint8_t kinds[] = { 'x', 1, 0xff, '"', ',' };
    struct fixture *x = fx_open();
    for (size_t k = 0; k < sizeof kinds; k++) {
        struct span j = filled(kinds[k], 65535);
        struct http_tx h = { .id = UINT32_MAX, .has_request = true, .has_response = true,
                             .gap = true, .resp_body_len = UINT64_MAX };
        h.req = (struct http_request){ .version = 20, .method = j, .uri = j, .protocol = j,
                                       .host = j, .port = 65535, .user_agent = j, .referer = j,
                                       .content_type = j, .x_forwarded_for = j };
        h.resp = (struct http_response){ .version = 20, .status = 302, .protocol = j,
                                         .status_text = j, .content_type = j, .location = j,
                                         .content_range = j };
        struct npm_fact npm = { .kind = NPM_TARBALL, .name = j, .version = j, .spec = j,
                                .registry = j, .client = j, .session = j };
        struct tls_session t = { .has_client = true, .has_server = true, .has_cert = true,
                                 .sni = j, .alpns = j, .ja3 = j, .ja3_hash = j, .ja4 = j,
                                 .ech = ECH_OFFERED, .server_alpn = j, .ja3s = j, .ja3s_hash = j,
                                 .subject = j, .issuer = j, .serial = j, .fingerprint = j,
                                 .n_sans = 64, .not_before = INT64_MIN, .not_after = INT64_MAX };
        for (unsigned i = 0; i < 64; i++)
            t.sans[i] = j;
        struct dns_message d = { .response = true, .n_questions = 8, .n_records = 64,
                                 .rcode = 4095, .flags = 0xffff };
        for (unsigned i = 0; i < 8; i++)
            d.question[i] = (struct dns_question){ j, 65535, 1 };
        for (unsigned i = 0; i < 64; i++)
            d.record[i] = (struct dns_record){ span_sub(j, 0, i * 40), 16, 1, UINT32_MAX, i / 40, j };
        struct quic_session q = { .version = 0xfffffffe, .user_agent = j, .tls = &t };
        worst_alert(x, j, &(struct fact){ .kind = FACT_NPM, .http = &h, .npm = &npm });
        worst_alert(x, j, &(struct fact){ .kind = FACT_TLS_DONE, .tls = &t });
        worst_alert(x, j, &(struct fact){ .kind = FACT_QUIC, .quic = &q });
        worst_alert(x, j, &(struct fact){ .kind = FACT_DNS, .dns = &d });
        d.response = false;
        worst_alert(x, j, &(struct fact){ .kind = FACT_DNS, .dns = &d });
        CHECK(record_dns(x->ring, &x->meta, &d, 0) && strlen(fx_lines(x)) > 5000);
        exact_free(j);
    }
    fx_close(x);
}

/* What a broken writer may leave behind; the sanitizers watch. */
static void changed_bytes_are_refused_or_harmless(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct tls_session t = { .has_client = true, .sni = SPAN("npm.example"), .has_cert = true,
                             .subject = SPAN("CN=a"), .n_sans = 2, .sans = { SPAN("a"), SPAN("b") } };
    struct quic_session q = { .version = 1, .tls = &t };
    struct alert_info a = { .sid = 1, .msg = SPAN("m"), .tx_id = 1 };
    struct flow_end end = { .state = FLOW_END_CLOSED };
    struct anomaly_info odd = { "stream", "stream.gap", NULL, -1 };
    struct stat_value v[] = { { "a.b", 1 }, { "a.c", 2 } };
    struct eve *eve = eve_open(&x->config);
    for (int which = 0; which < 4; which++) {
        struct fact f = { .kind = FACT_QUIC, .quic = &q };
        CHECK(which == 0   ? record_alert(x->ring, &x->meta, &a, &f)
              : which == 1 ? record_flow(x->ring, &x->meta, &end)
              : which == 2 ? record_anomaly(x->ring, &x->meta, &odd)
                           : record_stats(x->ring, 1, v, 2));
        size_t n = ring_take(x->ring, x->record, sizeof x->record);
        for (size_t cut = 0; cut < n; cut++) {
            struct span c = exact_copy((struct span){ x->record, n }, cut);
            CHECK(!record_read(c, &x->event));
            exact_free(c);
        }
        for (size_t at = 0; at < n; at++)
            for (int to = 0; to < 256; to += 15) {
                struct span c = exact_copy((struct span){ x->record, n }, n);
                ((uint8_t *)(uintptr_t)c.p)[at] = (uint8_t)to;
                if (record_read(c, &x->event))
                    eve_format(eve, &x->event, x->lines);
                exact_free(c);
            }
    }
    eve_close(eve);
    fx_close(x);
}

static void a_full_ring_says_no(void **state)
{
    (void)state;
    struct fixture *x = fx_open();
    struct flow_end end = { .state = FLOW_END_CLOSED };
    uint64_t n = 0;
    while (record_flow(x->ring, &x->meta, &end))
        n++;
    CHECK(n > 500 && ring_dropped(x->ring) == 1);
    while (ring_take(x->ring, x->record, sizeof x->record) != RING_EMPTY)
        n--;
    CHECK(n == 0);
    ring_close(x->ring);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_strings_are_cut),
        cmocka_unit_test(a_cut_does_not_halve_a_character),
        cmocka_unit_test(the_longest_line_is_bounded),
        cmocka_unit_test(changed_bytes_are_refused_or_harmless),
        cmocka_unit_test(a_full_ring_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
