#include "app/ja.h"

enum { EXT_SNI = 0, EXT_ALPN = 16 };

static const char hex_digits[] = "0123456789abcdef";

static uint16_t be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* ---- JA3: decimal numbers, "-" within a list ---- */

static char *put_decimal(char *out, unsigned v)
{
    unsigned n = v < 10 ? 1 : v < 100 ? 2 : v < 1000 ? 3 : v < 10000 ? 4 : 5;
    for (unsigned i = n; i > 0; v /= 10)
        out[--i] = (char)('0' + v % 10);
    return out + n;
}

/* A list is written as "1-2-3-" and the last dash is taken back. */
static char *end_list(const char *begin, char *out)
{
    return out > begin ? out - 1 : out;
}

static char *put_words(char *out, struct span words)
{
    char *begin = out;
    for (size_t i = 0; i + 2 <= words.n; i += 2) {
        uint16_t v = be16(words.p + i);
        if (tls_is_grease(v))
            continue;
        out = put_decimal(out, v);
        *out++ = '-';
    }
    return end_list(begin, out);
}

static char *put_bytes(char *out, struct span bytes)
{
    char *begin = out;
    for (size_t i = 0; i < bytes.n; i++) {
        out = put_decimal(out, bytes.p[i]);
        *out++ = '-';
    }
    return end_list(begin, out);
}

static char *put_ext_types(char *out, struct span exts)
{
    char *begin = out;
    struct cursor c = cur_over(exts);
    while (c.left > 0) {
        uint16_t type = (uint16_t)cur_be(&c, 2);
        cur_block(&c, 2);
        if (tls_is_grease(type))
            continue;
        out = put_decimal(out, type);
        *out++ = '-';
    }
    return end_list(begin, out);
}

size_t ja3_room(const struct client_hello *h)
{
    if (h->v2 || h->ciphers.n > 2 * JA_ITEMS_MAX || h->n_exts > JA_ITEMS_MAX ||
        h->groups.n > 2 * JA_ITEMS_MAX || h->sigalgs.n > 2 * JA_ITEMS_MAX)
        return 0;
    return 16 + 6 * (h->ciphers.n / 2 + h->n_exts + h->groups.n / 2) + 4 * h->point_formats.n;
}

size_t ja3_text(const struct client_hello *h, char *out)
{
    char *begin = out;
    out = put_decimal(out, h->legacy_version);
    *out++ = ',';
    out = put_words(out, h->ciphers);
    *out++ = ',';
    out = put_ext_types(out, h->exts);
    *out++ = ',';
    out = put_words(out, h->groups);
    *out++ = ',';
    out = put_bytes(out, h->point_formats);
    return (size_t)(out - begin);
}

size_t ja3s_room(const struct server_hello *h)
{
    return h->exts.n > 4 * JA_ITEMS_MAX ? 0 : 16 + 6 * (h->exts.n / 4 + 1);
}

size_t ja3s_text(const struct server_hello *h, char *out)
{
    char *begin = out;
    out = put_decimal(out, h->legacy_version);
    *out++ = ',';
    out = put_decimal(out, h->cipher);
    *out++ = ',';
    out = put_ext_types(out, h->exts);
    return (size_t)(out - begin);
}

void ja3_hash(struct digest_memo *m, struct span text, char out[JA3_HASH_LEN])
{
    uint8_t digest[MD5_LEN];
    digest_md5_memo(m, text, digest);
    digest_hex(digest, sizeof digest, out);
}

/* ---- JA4: four hex digits, "," within a list ---- */

enum { JA4_TEXT_MAX = 2 * 5 * JA_ITEMS_MAX + 1 };

/* Lists are short and often nearly sorted; the gaps keep a hostile one from costing its square. */
static void sort_words(uint16_t *v, size_t n)
{
    static const size_t gaps[] = { 301, 132, 57, 23, 10, 4, 1 };
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        size_t gap = gaps[g];
        if (gap > 10 && gap >= n / 2)
            continue;
        for (size_t i = gap; i < n; i++) {
            uint16_t x = v[i];
            size_t k = i;
            for (; k >= gap && v[k - gap] > x; k -= gap)
                v[k] = v[k - gap];
            v[k] = x;
        }
    }
}

static char *put_hex_list(char *out, const uint16_t *v, size_t n)
{
    char *begin = out;
    for (size_t i = 0; i < n; i++, out += 5) {
        out[0] = hex_digits[v[i] >> 12];
        out[1] = hex_digits[v[i] >> 8 & 15];
        out[2] = hex_digits[v[i] >> 4 & 15];
        out[3] = hex_digits[v[i] & 15];
        out[4] = ',';
    }
    return end_list(begin, out);
}

/* The first twelve digits of the text's SHA-256, and zeros for an empty text. */
static void put_hash(struct digest_memo *m, const char *text, size_t n, char out[12])
{
    memset(out, '0', 12);
    if (n == 0)
        return;
    uint8_t digest[SHA256_LEN];
    digest_sha256_memo(m, (struct span){ (const uint8_t *)text, n }, digest);
    digest_hex(digest, 6, out);
}

static size_t words_without_grease(struct span words, uint16_t *v)
{
    size_t n = 0;
    for (size_t i = 0; i + 2 <= words.n && n < JA_ITEMS_MAX; i += 2)
        if (!tls_is_grease(be16(words.p + i)))
            v[n++] = be16(words.p + i);
    return n;
}

/* Extension types without GREASE, SNI and ALPN into v; how many there are with the latter two in
 * *counted. */
static size_t exts_without_names(const struct client_hello *h, uint16_t *v, size_t *counted)
{
    size_t n = 0;
    *counted = 0;
    struct cursor c = cur_over(h->exts);
    while (c.left > 0 && n < JA_ITEMS_MAX) {
        uint16_t type = (uint16_t)cur_be(&c, 2);
        cur_block(&c, 2);
        if (tls_is_grease(type))
            continue;
        ++*counted;
        if (type != EXT_SNI && type != EXT_ALPN)
            v[n++] = type;
    }
    return n;
}

static const char *ja4_version(uint16_t v)
{
    switch (v) {
    case TLS_V_13:   return "13";
    case TLS_V_12:   return "12";
    case 0x0302:     return "11";
    case TLS_V_10:   return "10";
    case TLS_V_SSL3: return "s3";
    case TLS_V_SSL2: return "s2";
    default:         return "00";
    }
}

/* The highest number offered counts, GREASE left out: a draft's 0x7fXX stands above 1.3 here. */
static uint16_t highest_offered(const struct client_hello *h)
{
    uint16_t best = 0;
    for (size_t i = 0; i + 2 <= h->versions.n; i += 2) {
        uint16_t v = be16(h->versions.p + i);
        if (v > best && !tls_is_grease(v))
            best = v;
    }
    return best > 0 ? best : h->legacy_version;
}

static bool is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

/* First and last character of the first protocol; when one of them is no ASCII letter or digit,
 * first and last digit of the name in hex. */
static void put_alpn(struct span alpns, char out[2])
{
    struct cursor list = cur_over(alpns), name = cur_block(&list, 1);
    out[0] = out[1] = '0';
    if (name.left == 0)
        return;
    uint8_t first = name.p[0], last = name.p[name.left - 1];
    if (is_alnum(first) && is_alnum(last)) {
        out[0] = (char)first;
        out[1] = (char)last;
        return;
    }
    out[0] = hex_digits[first >> 4];
    out[1] = hex_digits[last & 15];
}

static char *put_count(char *out, size_t n)
{
    unsigned capped = n < 99 ? (unsigned)n : 99;
    *out++ = (char)('0' + capped / 10);
    *out++ = (char)('0' + capped % 10);
    return out;
}

bool ja4_text(struct digest_memo *m, const struct client_hello *h, bool quic, char out[JA4_LEN])
{
    if (ja3_room(h) == 0)
        return false;
    uint16_t ciphers[JA_ITEMS_MAX], exts[JA_ITEMS_MAX], sigalgs[JA_ITEMS_MAX];
    char text[JA4_TEXT_MAX];
    size_t n_counted, n_ciphers = words_without_grease(h->ciphers, ciphers);
    size_t n_exts = exts_without_names(h, exts, &n_counted);
    size_t n_sigalgs = words_without_grease(h->sigalgs, sigalgs);

    char *p = out;
    *p++ = quic ? 'q' : 't';
    memcpy(p, ja4_version(highest_offered(h)), 2);
    p[2] = h->has_sni ? 'd' : 'i';
    p = put_count(p + 3, n_ciphers);
    p = put_count(p, n_counted);
    put_alpn(h->alpns, p);
    p[2] = '_';
    sort_words(ciphers, n_ciphers);
    put_hash(m, text, (size_t)(put_hex_list(text, ciphers, n_ciphers) - text), p + 3);
    p[15] = '_';
    sort_words(exts, n_exts);
    char *end = put_hex_list(text, exts, n_exts);
    if (n_sigalgs > 0) {            /* without them there is no "_" either */
        *end++ = '_';
        end = put_hex_list(end, sigalgs, n_sigalgs);
    }
    put_hash(m, text, (size_t)(end - text), p + 16);
    return true;
}
