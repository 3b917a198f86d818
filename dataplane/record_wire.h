#ifndef RECORD_WIRE_H
#define RECORD_WIRE_H
/* What writer and reader of a record must agree on. Numbers are in the machine's own order: both
 * run on one machine. */
#include "record.h"

enum { NAME_NONE = 255 };                       /* length of a C string that is NULL */
enum { META_OUTER = 1, META_FLOW = 2 };
enum { PART_HTTP = 1, PART_TLS = 2, PART_QUIC = 4, PART_DNS = 8, PART_NPM = 16 };
enum { HTTP_REQ = 1, HTTP_RESP = 2, HTTP_GAP = 4 };
enum { TLS_CLIENT = 1, TLS_SERVER = 2, TLS_CERT = 4, TLS_QUIC = 8, TLS_RESUMED = 16 };
enum { META_BYTES = 6144, REFS_BYTES = 2048 };

#endif
