#ifndef APP_DNS_MESSAGE_H
#define APP_DNS_MESSAGE_H
/* One whole DNS message, without the length that stands before it over TCP. */
#include "app/dns_text.h"
#include "app/field.h"

/* Of a message of `whole` bytes the beginning is known; PROBE_MORE when that does not reach
 * behind the first question. See dns_udp_probe. */
enum app_probe dns_message_probe(struct span beginning, size_t whole, bool likely);

/* Its texts stand in *t. False when it has no readable header or its first question is broken;
 * what follows a broken part is left out. */
bool dns_message_read(struct span message, struct dns_text *t, struct dns_message *out);

/* Reads, and makes FACT_DNS or FACT_ANOMALY of it. */
void dns_message_tell(struct span message, enum dir dir, struct app_out *out);

#endif
