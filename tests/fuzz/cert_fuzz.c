/* Texts stay within their room and are free of control bytes; names lie within the certificate. */
#include "app/cert.h"

#include <stdlib.h>

static void check_text(const char *text, size_t n, size_t room)
{
    if (n > room)
        abort();
    for (size_t i = 0; i < n; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cert c;
    struct span der = { data, size };
    size_t room = size > 0 ? data[size - 1] : 0;
    char *text = malloc(room + 1);
    check_text(text, cert_name_text(der, text, room), room);
    if (cert_read(der, &c)) {
        check_text(text, cert_name_text(c.subject, text, room), room);
        check_text(text, cert_name_text(c.issuer, text, room), room);
        check_text(text, cert_serial_text(c.serial, text, room), room);
        struct cert_san san;
        for (size_t n = 0; cert_next_san(&c.sans, &san); n++)
            if (san.value.p < data || san.value.p + san.value.n > data + size || n > size)
                abort();
    }
    free(text);
    return 0;
}
