#ifndef DECODE_DEFRAG_H
#define DECODE_DEFRAG_H
/* Puts IP fragments together (RFC 791 3.2, RFC 8200 4.5). The first bytes that arrive for a place
 * stay; a datagram is given up after a time, when another one needs its room, or when it comes in
 * too many pieces. Memory is bounded by bytes as well as by datagrams. */
#include "base/addr.h"
#include "base/cursor.h"
#include "base/hash.h"
#include "base/pool.h"
#include "base/slab.h"

enum { DEFRAG_PIECES_MAX = 256, DEFRAG_DONE_MAX = 128, DEFRAG_HEAD_MAX = 128 };

/* Fragments of one datagram agree in this. Compared as bytes: make it with `= { 0 }`. */
struct defrag_key {
    struct addr src, dst;
    uint32_t id, tenant;
    uint16_t vlan[3];
    uint8_t proto, version;     /* proto: 0 for IPv6, whose fragments may differ in it */
};

struct defrag_piece {
    struct span head;           /* the IP packet's bytes in front of the fragmentable part */
    struct span data;
    uint32_t offset;            /* of data, in bytes */
    bool more;                  /* another one follows in the datagram */
    uint8_t proto;              /* protocol of the fragmentable part's first bytes */
    uint16_t proto_at;          /* IPv6: where in head that number goes */
};

struct defrag_whole {
    const uint8_t *head;        /* head and data stand together */
    uint16_t head_len;
    struct span data;
    uint8_t proto;
};

enum defrag_result {
    DEFRAG_KEPT,
    DEFRAG_WHOLE,
    DEFRAG_TOO_LARGE,           /* data beyond 65535 bytes: refused */
    DEFRAG_REFUSED,             /* no memory, or too many pieces: the datagram is given up */
};

struct defrag {
    struct hash_key key;
    struct pool *pool;
    struct slab slab;           /* of struct datagram */
    uint32_t *table, mask;
    uint32_t oldest, newest;
    size_t bytes, bytes_max;
    uint64_t timeout_ns;
    uint64_t evicted, timed_out;    /* counters */
    bool overlap;               /* the last push overlapped with other data */
    unsigned n_done;
    void *done[DEFRAG_DONE_MAX];    /* whole datagrams of this batch */
};

int defrag_open(struct defrag *d, struct hash_key key, struct pool *pool, uint32_t datagrams_max,
                size_t bytes_max, uint32_t timeout_s);
void defrag_close(struct defrag *d);

/* On DEFRAG_WHOLE `out` is filled; it stays valid until defrag_turn. */
enum defrag_result defrag_push(struct defrag *d, const struct defrag_key *key,
                               const struct defrag_piece *piece, uint64_t ts_ns,
                               struct defrag_whole *out);

/* Gives back the whole datagrams handed out since the last turn. */
void defrag_turn(struct defrag *d);

/* Whether these bytes lie in a datagram handed out since the last turn. */
bool defrag_holds(const struct defrag *d, struct span s);

#endif
