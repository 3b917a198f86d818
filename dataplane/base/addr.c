/* Addresses as text. IPv4 is written by hand: it is on the path of every event. */
#include "base/addr.h"

#include <arpa/inet.h>

static unsigned byte_text(uint8_t v, char *out)
{
    unsigned n = 0;
    if (v >= 100)
        out[n++] = (char)('0' + v / 100);
    if (v >= 10)
        out[n++] = (char)('0' + v / 10 % 10);
    out[n++] = (char)('0' + v % 10);
    return n;
}

unsigned addr_text(const struct addr *a, char out[ADDR_TEXT_MAX])
{
    if (!addr_is_v4(a)) {
        inet_ntop(AF_INET6, a->b, out, ADDR_TEXT_MAX);
        return (unsigned)strlen(out);
    }
    unsigned n = 0;
    for (unsigned i = 12; i < 16; i++) {
        n += byte_text(a->b[i], out + n);
        out[n++] = '.';
    }
    out[--n] = '\0';
    return n;
}

bool addr_read(const char *text, struct addr *out)
{
    uint8_t four[4];
    if (inet_pton(AF_INET, text, four) == 1) {
        *out = addr_v4(four);
        return true;
    }
    return inet_pton(AF_INET6, text, out->b) == 1;
}
