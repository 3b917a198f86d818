#ifndef APP_DNS_TEXT_H
#define APP_DNS_TEXT_H
/* Names and record data of DNS as text, written one behind the other into one scratch, so that a
 * message costs no more than the scratch holds, however its pointers are knotted. */
#include "base/cursor.h"

enum { DNS_NAME_MAX = 255, DNS_NAME_TEXT_MAX = 4 * DNS_NAME_MAX, DNS_TEXT_MAX = 16384 };
enum dns_type {
    DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_NULL = 10, DNS_PTR = 12, DNS_MX = 15,
    DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33, DNS_DNAME = 39, DNS_OPT = 41, DNS_SVCB = 64,
    DNS_HTTPS = 65, DNS_ANY = 255, DNS_CAA = 257
};

struct dns_text { size_t n; uint8_t b[DNS_TEXT_MAX]; };

/* Reads the name at `c`, a cursor inside `message`, which its pointers may lead back into. False
 * when the name is broken or the scratch is full. */
bool dns_name_text(struct span message, struct cursor *c, struct dns_text *t, struct span *name);

/* The data of a record as text; empty for types that have none here, and for broken data. A text
 * that does not fit into the scratch is cut. */
struct span dns_rdata_text(struct span message, uint16_t type, struct cursor rdata,
                           struct dns_text *t);

#endif
