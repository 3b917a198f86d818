/* Transforms: what a rule wants done to a buffer before it looks. */
#include "detect/buffer.h"

#include <mbedtls/md5.h>
#include <mbedtls/sha1.h>
#include <mbedtls/sha256.h>

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool digest(enum transform t, struct span in, struct scratch *mem, struct span *out)
{
    static const uint8_t sizes[XF_COUNT] = { [XF_MD5] = 16, [XF_SHA1] = 20, [XF_SHA256] = 32 };
    uint8_t *to = scratch_take(mem, sizes[t]);
    if (to == NULL)
        return false;
    *out = (struct span){ to, sizes[t] };
    int rc = t == XF_MD5 ? mbedtls_md5(in.p, in.n, to) : t == XF_SHA1 ? mbedtls_sha1(in.p, in.n, to)
                                                                     : mbedtls_sha256(in.p, in.n, to, 0);
    return rc == 0;
}

static int hex(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* As in Suricata: %hh is decoded and + is a blank. */
static size_t url_decode(struct span in, uint8_t *to)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '%' && in.n - i > 2 && hex(in.p[i + 1]) >= 0 && hex(in.p[i + 2]) >= 0) {
            to[n++] = (uint8_t)(hex(in.p[i + 1]) << 4 | hex(in.p[i + 2]));
            i += 2;
        } else {
            to[n++] = in.p[i] == '+' ? ' ' : in.p[i];
        }
    }
    return n;
}

static size_t strip(struct span in, uint8_t *to, bool compress)
{
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        bool space = is_space(in.p[i]);
        if (!space)
            to[n++] = in.p[i];
        else if (compress && (i == 0 || !is_space(in.p[i - 1])))
            to[n++] = in.p[i];
    }
    return n;
}

/* Names of header lines, the part before each colon. */
static void lower_names(struct span in, uint8_t *to)
{
    bool name = true;
    for (size_t i = 0; i < in.n; i++) {
        name = in.p[i] == ':' ? false : name || in.p[i] == '\n';
        to[i] = name ? ascii_lower(in.p[i]) : in.p[i];
    }
}

bool transform_apply(enum transform t, struct span in, struct scratch *mem, struct span *out)
{
    if (t == XF_MD5 || t == XF_SHA1 || t == XF_SHA256)
        return digest(t, in, mem, out);
    uint8_t *to = scratch_take(mem, in.n + 1);
    if (to == NULL)
        return false;
    size_t n = in.n;
    switch (t) {
    case XF_DOTPREFIX:
        to[0] = '.';
        memcpy(to + 1, in.p, in.n);
        n++;
        break;
    case XF_LOWER:
        for (size_t i = 0; i < n; i++)
            to[i] = ascii_lower(in.p[i]);
        break;
    case XF_UPPER:
        for (size_t i = 0; i < n; i++)
            to[i] = in.p[i] >= 'a' && in.p[i] <= 'z' ? (uint8_t)(in.p[i] - 32) : in.p[i];
        break;
    case XF_STRIP_SPACE:
    case XF_COMPRESS_SPACE:
        n = strip(in, to, t == XF_COMPRESS_SPACE);
        break;
    case XF_URL_DECODE:
        n = url_decode(in, to);
        break;
    case XF_HEADER_LOWER:
        lower_names(in, to);
        break;
    default:
        memcpy(to, in.p, n);
        break;
    }
    *out = (struct span){ to, n };
    return true;
}
