/* Texts of lists into keys; see table_keys.h. */
#include "rules/table_keys.h"
#include "base/addr.h"
#include "base/semver.h"

enum { LABEL_MAX = 63, PACKAGE_MAX = 255, VERSION_MAX = 256 };

static int put(struct table_text *key, struct span s)
{
    memcpy(key->p, s.p, s.n);
    key->n = s.n;
    return 0;
}

/* ---- domains ---- */

static bool in_label(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c >= 0x80;
}

int key_domain(struct span text, struct table_text *key, uint32_t *labels, struct error *why)
{
    if (span_starts(text, "*."))
        text = span_sub(text, 2, text.n);
    else if (span_starts(text, "."))
        text = span_sub(text, 1, text.n);
    if (text.n > 0 && text.p[text.n - 1] == '.')
        text.n--;
    if (text.n == 0 || text.n > TABLE_NAME_MAX)
        return error_set(why, "a domain has 1 to %d characters", TABLE_NAME_MAX);
    put(key, text);
    size_t label = 0;
    *labels = 1;
    for (size_t i = 0; i < key->n; i++) {
        uint8_t c = key->p[i] = ascii_lower(key->p[i]);
        if (c == '.' && label > 0) {
            label = 0;
            (*labels)++;
        } else if (!in_label(c) || ++label > LABEL_MAX) {
            return error_set(why, "no domain: character %zu can't stand there", i + 1);
        }
    }
    if (label == 0)
        return error_set(why, "no domain: its last label is empty");
    if (*labels > TABLE_LABELS_MAX)
        return error_set(why, "a domain has at most %d labels", TABLE_LABELS_MAX);
    return 0;
}

/* ---- packages ---- */

static bool visible(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

int key_package(struct span text, struct table_text *key, struct error *why)
{
    if (text.n == 0 || text.n > PACKAGE_MAX || !visible(text))
        return error_set(why, "a package's name has 1 to %d visible characters", PACKAGE_MAX);
    if (text.p[0] == '@' && (span_find(text, '/') < 2 || span_find(text, '/') >= text.n - 1))
        return error_set(why, "a scoped name reads @scope/name");
    return put(key, text);
}

enum spec_result spec_package(struct span text, struct error *why)
{
    if (span_is(text, "*"))
        return SPEC_ALL;
    if (span_is(text, "0.0.1-security")) {
        error_set(why, "0.0.1-security is npm's harmless placeholder");
        return SPEC_PLACEHOLDER;
    }
    if (text.n > 0 && strchr("<>=", text.p[0]) != NULL) {
        if (semver_range_valid(text))
            return SPEC_VERSION;
        error_set(why, "a range is comparators like \">=1.0.0 <1.0.3\"");
        return SPEC_BAD;
    }
    if (text.n == 0 || text.n > VERSION_MAX || !visible(text) || strchr("^~*", text.p[0]) != NULL) {
        error_set(why, "versions are \"*\", exact ones between commas, or \">=1.0.0 <1.0.3\"");
        return SPEC_BAD;
    }
    return SPEC_VERSION;
}

/* ---- digests ---- */

static int hex_value(uint8_t c)
{
    c = ascii_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int key_digest(struct span text, size_t bytes, struct table_text *key, struct error *why)
{
    if (text.n != 2 * bytes)
        return error_set(why, "this digest has %zu hexadecimal digits, not %zu", 2 * bytes, text.n);
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_value(text.p[2 * i]), low = hex_value(text.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return error_set(why, "no hexadecimal digit at character %zu", 2 * i + (high < 0) + 1);
        key->p[i] = (uint8_t)(high << 4 | low);
    }
    key->n = bytes;
    return 0;
}

/* ---- addresses and ports ---- */

/* A number of at most five digits, -1 when it is none. */
static int32_t read_number(struct span s)
{
    int32_t v = 0;
    if (s.n == 0 || s.n > 5)
        return -1;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

int key_address(struct span text, struct table_text *key, struct error *why)
{
    char host[ADDR_TEXT_MAX];
    struct addr a;
    size_t slash = span_find(text, '/');
    if (slash >= sizeof host)
        return error_set(why, "no address");
    memcpy(host, text.p, slash);
    host[slash] = '\0';
    if (memchr(host, '\0', slash) != NULL || !addr_read(host, &a))
        return error_set(why, "no address");

    int32_t most = addr_is_v4(&a) ? 32 : 128;
    int32_t prefix = slash < text.n ? read_number(span_sub(text, slash + 1, text.n)) : most;
    if (prefix < 0 || prefix > most)
        return error_set(why, "a prefix length is 0 to %d", most);
    if (addr_is_v4(&a))
        prefix += 96;
    for (int32_t bit = prefix; bit < 128; bit++)
        a.b[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
    memcpy(key->p, a.b, 16);
    key->p[16] = (uint8_t)prefix;
    key->n = 17;
    return 0;
}

int spec_port(struct span text, uint32_t *spec, struct error *why)
{
    size_t hyphen = span_find(text, '-');
    int32_t low = read_number(span_sub(text, 0, hyphen));
    int32_t high = hyphen < text.n ? read_number(span_sub(text, hyphen + 1, text.n)) : low;
    if (low < 0 || high < low || high > UINT16_MAX)
        return error_set(why, "ports are 0 to 65535: \"80,1200-1300\"");
    *spec = (uint32_t)low | (uint32_t)high << 16;
    return 0;
}
