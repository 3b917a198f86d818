#include "app/tls_hello.h"

enum {                              /* IANA: TLS ExtensionType Values */
    EXT_SERVER_NAME = 0, EXT_GROUPS = 10, EXT_POINT_FORMATS = 11, EXT_SIGALGS = 13, EXT_ALPN = 16,
    EXT_EARLY_DATA = 42, EXT_VERSIONS = 43, EXT_QUIC_PARAMS = 0x39,
    EXT_QUIC_PARAMS_DRAFT = 0xffa5, EXT_ESNI = 0xffce, EXT_ECH = 0xfe0d
};

/* Names that ECH configurations of large operators publish as the outer name. */
static const char *const ech_public_names[] = {
    "cloudflare-ech.com", "cloudflare-esni.com", "public.tls-ech.dev", "cover.defo.ie",
    "tls-outer.browserleaks.com",
};

/* The first host name counts: the list may not repeat a type. Host is the only type there is, but some
 * servers step over others. */
static void on_server_name(struct cursor ext, struct client_hello *h)
{
    h->has_sni = true;
    struct cursor list = cur_block(&ext, 2);
    while (list.left > 0) {
        uint64_t type = cur_be(&list, 1);
        struct cursor name = cur_block(&list, 2);
        if (!name.bad && type == 0) {
            h->sni = cur_rest(&name);
            return;
        }
    }
}

/* The protocol names, if every one lies within the list. */
static struct span alpn_list(struct cursor ext)
{
    struct cursor list = cur_block(&ext, 2);
    struct span all = cur_rest(&list);
    while (list.left > 0)
        cur_block(&list, 1);
    return list.bad ? SPAN_NONE : all;
}

/* A list behind a length of `width` bytes; what doesn't fill an item of `item` bytes is left out. */
static struct span list_of(struct cursor ext, unsigned width, unsigned item)
{
    struct cursor list = cur_block(&ext, width);
    return (struct span){ list.p, list.left - list.left % item };
}

/* Whether a name is under one of the known outer names can be seen; whether an ECH extension without
 * such a name is real can't: GREASE is made to look the same (draft-ietf-tls-esni-22 6.2). It is far
 * more common, so that is what it counts as. */
static enum tls_ech ech_kind(struct span sni)
{
    for (size_t i = 0; i < sizeof ech_public_names / sizeof *ech_public_names; i++)
        if (span_is_nocase(sni, ech_public_names[i]))
            return ECH_OFFERED;
    return ECH_GREASE;
}

static void on_client_extension(struct client_hello *h, uint16_t type, struct cursor ext)
{
    switch (type) {
    case EXT_SERVER_NAME:
        if (!h->has_sni)
            on_server_name(ext, h);
        break;
    case EXT_GROUPS:        h->groups = list_of(ext, 2, 2); break;
    case EXT_POINT_FORMATS: h->point_formats = list_of(ext, 1, 1); break;
    case EXT_SIGALGS:       h->sigalgs = list_of(ext, 2, 2); break;
    case EXT_ALPN:          h->alpns = alpn_list(ext); break;
    case EXT_VERSIONS:      h->versions = list_of(ext, 1, 2); break;
    case EXT_EARLY_DATA:    h->has_early_data = true; break;
    case EXT_ESNI:          h->ech = ECH_OFFERED; break;    /* nobody greased the old drafts' ESNI */
    case EXT_ECH:
        if (h->ech == ECH_NONE)
            h->ech = ECH_GREASE;    /* judged with the name, at the end */
        break;
    case EXT_QUIC_PARAMS:
    case EXT_QUIC_PARAMS_DRAFT:
        h->has_quic_params = true;
        h->quic_params = cur_rest(&ext);
        break;
    default:
        break;
    }
}

/* RFC 8446 counts up; the drafts' 0x7fXX and 0xfbXX stand below the final 1.3 and above 1.2. */
static unsigned version_rank(uint16_t v)
{
    return v >> 8 >= 0x7f ? TLS_V_12 * 256u + (v & 0xff) : v * 256u;
}

static bool version_known(uint16_t v)
{
    return (v >= TLS_V_SSL3 && v <= TLS_V_13) || v >> 8 == 0x7f || v >> 8 == 0xfb;
}

static uint16_t highest_version(struct span versions, uint16_t legacy)
{
    struct cursor list = cur_over(versions);
    uint16_t best = 0;
    while (list.left > 0) {
        uint16_t v = (uint16_t)cur_be(&list, 2);
        if (version_known(v) && version_rank(v) > version_rank(best))
            best = v;
    }
    return best != 0 ? best : legacy;
}

static struct cursor body_of(struct span message, unsigned type)
{
    struct cursor msg = cur_over(message);
    if (cur_be(&msg, 1) != type)
        msg.bad = true;
    return cur_block(&msg, 3);
}

bool client_hello_read(struct span message, struct client_hello *h)
{
    *h = (struct client_hello){ .random = SPAN_NONE, .sni = SPAN_NONE, .alpns = SPAN_NONE,
        .versions = SPAN_NONE, .groups = SPAN_NONE, .sigalgs = SPAN_NONE,
        .point_formats = SPAN_NONE, .quic_params = SPAN_NONE, .exts = SPAN_NONE };
    struct cursor body = body_of(message, TLS_CLIENT_HELLO);
    h->legacy_version = (uint16_t)cur_be(&body, 2);
    h->random = cur_take(&body, 32);
    struct cursor id = cur_block(&body, 1), ciphers = cur_block(&body, 2);
    cur_block(&body, 1);            /* compression methods */
    h->session_id = cur_rest(&id);
    h->ciphers = (struct span){ ciphers.p, ciphers.left & ~(size_t)1 };
    h->version = h->legacy_version;
    if (body.bad || body.left == 0)
        return !body.bad;           /* TLS 1.2 may leave the extensions out: RFC 5246 7.4.1.2 */

    struct cursor exts = cur_block(&body, 2);
    h->exts = cur_rest(&exts);
    h->has_exts = true;
    while (exts.left > 0) {
        uint16_t type = (uint16_t)cur_be(&exts, 2);
        struct cursor ext = cur_block(&exts, 2);
        if (exts.bad)
            return false;
        h->n_exts++;
        on_client_extension(h, type, ext);
    }
    h->version = highest_version(h->versions, h->legacy_version);
    if (h->ech == ECH_GREASE)
        h->ech = ech_kind(h->sni);
    return !body.bad;
}

bool client_hello_read_v2(struct span message, struct client_hello *h)
{
    struct cursor msg = cur_over(message);
    bool hello = cur_be(&msg, 1) == TLS_CLIENT_HELLO;
    uint16_t version = (uint16_t)cur_be(&msg, 2);
    size_t ciphers = (size_t)cur_be(&msg, 2), id = (size_t)cur_be(&msg, 2);
    size_t challenge = (size_t)cur_be(&msg, 2);
    *h = (struct client_hello){ .legacy_version = version, .version = version, .v2 = true,
        .ciphers = cur_take(&msg, ciphers), .session_id = cur_take(&msg, id),
        .random = cur_take(&msg, challenge), .sni = SPAN_NONE, .alpns = SPAN_NONE,
        .versions = SPAN_NONE, .groups = SPAN_NONE, .sigalgs = SPAN_NONE,
        .point_formats = SPAN_NONE, .quic_params = SPAN_NONE, .exts = SPAN_NONE };
    return hello && !msg.bad && ciphers % 3 == 0;
}

/* SHA-256 of "HelloRetryRequest": the random that marks one. */
static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static void on_server_extension(struct server_hello *h, uint16_t type, struct cursor ext)
{
    if (type == EXT_VERSIONS && ext.left == 2) {
        h->version = (uint16_t)cur_be(&ext, 2);
    } else if (type == EXT_ALPN) {
        struct cursor list = cur_block(&ext, 2);
        struct cursor name = cur_block(&list, 1);
        h->alpn = cur_rest(&name);
    }
}

bool server_hello_read(struct span message, struct server_hello *h)
{
    *h = (struct server_hello){ .random = SPAN_NONE, .session_id = SPAN_NONE, .exts = SPAN_NONE,
                                .alpn = SPAN_NONE };
    struct cursor body = body_of(message, TLS_SERVER_HELLO);
    h->legacy_version = h->version = (uint16_t)cur_be(&body, 2);
    h->random = cur_take(&body, 32);
    if (h->legacy_version >> 8 != 0x7f) {   /* TLS 1.3 drafts 18 to 21 had neither of these two */
        struct cursor id = cur_block(&body, 1);
        h->session_id = cur_rest(&id);
    }
    h->cipher = (uint16_t)cur_be(&body, 2);
    if (h->legacy_version >> 8 != 0x7f)
        cur_take(&body, 1);         /* compression method */
    if (body.bad || body.left == 0)
        return !body.bad;

    h->retry = memcmp(h->random.p, retry_random, sizeof retry_random) == 0;
    struct cursor exts = cur_block(&body, 2);
    h->exts = cur_rest(&exts);
    while (exts.left > 0) {
        uint16_t type = (uint16_t)cur_be(&exts, 2);
        struct cursor ext = cur_block(&exts, 2);
        if (exts.bad)
            return false;
        on_server_extension(h, type, ext);
    }
    return !body.bad;
}

const char *tls_version_text(uint16_t version)
{
    static const char *const drafts[] = {
        "TLS 1.3 draft-16", "TLS 1.3 draft-17", "TLS 1.3 draft-18", "TLS 1.3 draft-19",
        "TLS 1.3 draft-20", "TLS 1.3 draft-21", "TLS 1.3 draft-22", "TLS 1.3 draft-23",
        "TLS 1.3 draft-24", "TLS 1.3 draft-25", "TLS 1.3 draft-26", "TLS 1.3 draft-27",
        "TLS 1.3 draft-28",
    };
    static const char *const named[] = { "SSLv3", "TLSv1", "TLS 1.1", "TLS 1.2", "TLS 1.3" };
    if (version == TLS_V_SSL2)
        return "SSLv2";
    if (version >= TLS_V_SSL3 && version <= TLS_V_13)
        return named[version - TLS_V_SSL3];
    if (version >= 0x7f10 && version <= 0x7f1c)
        return drafts[version - 0x7f10];
    if (version == 0xfb17 || version == 0xfb1a)     /* Facebook's experiments */
        return version == 0xfb17 ? "TLS 1.3 draft-23-fb" : "TLS 1.3 draft-26-fb";
    return "UNDETERMINED";
}
