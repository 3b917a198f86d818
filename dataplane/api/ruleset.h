#ifndef API_RULESET_H
#define API_RULESET_H
/* A compiled rule set: one flat image without pointers, written by rules/compile, read by detect/.
 * It may lie in a sealed, mapped file of another process, so nothing in it is believed before
 * ruleset_check() has seen every offset, count and enum. Numbers are in host order: an image is
 * made on the box that uses it (its Hyperscan databases are for that CPU as well).
 *
 *     head     magic, version, size, and where the parts stand (offset, number of elements)
 *     text     all strings and patterns; named by offset and length
 *     rules    sorted: pass, drop, reject, alert; then priority; then as they stood in the files
 *     groups   a rule's options that look into one view, in the rule's order
 *     opts     the options themselves
 *     views    a buffer and the transforms that are applied to it
 *     probes   what finds candidates: for each trigger, each view that rules are keyed on
 *     ...      what probes use: patterns, tails, lists of rules, databases
 */
#include "base/addr.h"
#include "base/cursor.h"
#include "base/dir.h"
#include "base/error.h"

enum { RULESET_MAGIC = 0x4c525845, RULESET_VERSION = 2 };   /* "EXRL" */

enum {
    RULESET_VIEWS_MAX = 256, RULESET_TRANSFORMS_MAX = 6, RULESET_RULES_MAX = 1 << 20,
    RULESET_TABLES_MAX = 256, RULESET_GROUPS_MAX = 16, RULESET_OPTS_MAX = 64,
};

/* What a rule can look into. The order is that of rules/lang_buffer.c. */
enum buffer {
    BUF_NONE,
    BUF_HTTP_METHOD, BUF_HTTP_URI, BUF_HTTP_URI_RAW, BUF_HTTP_HOST, BUF_HTTP_HOST_RAW,
    BUF_HTTP_USER_AGENT, BUF_HTTP_REFERER, BUF_HTTP_ACCEPT, BUF_HTTP_ACCEPT_LANG,
    BUF_HTTP_ACCEPT_ENC, BUF_HTTP_REQUEST_LINE, BUF_HTTP_REQUEST_BODY,
    BUF_HTTP_HEADER, BUF_HTTP_HEADER_RAW, BUF_HTTP_HEADER_NAMES, BUF_HTTP_COOKIE,   /* of both ways */
    BUF_HTTP_CONTENT_TYPE, BUF_HTTP_CONTENT_LEN, BUF_HTTP_CONNECTION, BUF_HTTP_PROTOCOL,
    BUF_HTTP_START,
    BUF_HTTP_RESPONSE_LINE, BUF_HTTP_STAT_CODE, BUF_HTTP_STAT_MSG, BUF_HTTP_SERVER,
    BUF_HTTP_LOCATION, BUF_HTTP_RESPONSE_BODY,
    BUF_FILE_DATA,
    BUF_NPM_PACKAGE, BUF_NPM_VERSION, BUF_NPM_SPEC, BUF_NPM_KIND, BUF_NPM_REGISTRY, BUF_NPM_CLIENT,
    BUF_TLS_SNI, BUF_JA3_HASH, BUF_JA3_STRING, BUF_JA4_HASH,
    BUF_JA3S_HASH, BUF_JA3S_STRING, BUF_TLS_VERSION,
    BUF_TLS_SUBJECT, BUF_TLS_ISSUER, BUF_TLS_SERIAL, BUF_TLS_FINGERPRINT, BUF_TLS_SANS, BUF_TLS_CERTS,
    BUF_QUIC_SNI, BUF_QUIC_VERSION, BUF_QUIC_UA,
    BUF_DNS_QUERY,
    BUF_IP_SRC, BUF_IP_DST,         /* for datasets of addresses */
    BUF_COUNT
};

enum transform {
    XF_NONE, XF_DOTPREFIX, XF_LOWER, XF_UPPER, XF_STRIP_SPACE, XF_COMPRESS_SPACE, XF_MD5, XF_SHA1,
    XF_SHA256, XF_URL_DECODE, XF_HEADER_LOWER, XF_COUNT
};

/* When a rule is evaluated: once all its buffers are there. */
enum trigger {
    TRIG_FLOW,          /* addresses, ports, protocol only */
    TRIG_REQUEST, TRIG_NPM, TRIG_REQUEST_BODY, TRIG_RESPONSE, TRIG_RESPONSE_BODY,
    TRIG_TLS_CLIENT, TRIG_TLS_SERVER, TRIG_TLS_CERT,
    TRIG_QUIC, TRIG_DNS, TRIG_DNS_RESPONSE,
    TRIG_APP,           /* the flow's protocol is known: app-layer-protocol without a buffer */
    TRIG_COUNT
};

enum rule_action { RULE_PASS, RULE_DROP, RULE_REJECT, RULE_ALERT };     /* in order of evaluation */

struct rs_text { uint32_t at, n; };             /* in the part `text` */
struct rs_range { uint32_t at, n; };            /* elements of another part */
struct rs_part { uint64_t at; uint64_t n; };    /* bytes from the image's start; elements */

enum { FLOW_ESTABLISHED = 1, FLOW_NOT_ESTABLISHED = 2, FLOW_TO_SERVER = 4, FLOW_TO_CLIENT = 8 };
enum { RULE_NOALERT = 1, RULE_BOTH_WAYS = 2, RULE_WHOLE_BODY = 4 };   /* the last: not before the body's end */

enum threshold_type { LIMIT_NONE, LIMIT_LIMIT, LIMIT_THRESHOLD, LIMIT_BOTH, LIMIT_DETECTION };
enum threshold_track { TRACK_RULE, TRACK_SRC, TRACK_DST, TRACK_BOTH };

struct rs_rule {
    uint32_t sid, gid, rev;
    uint8_t action, severity, flags;    /* enum rule_action; 1 (worst) to 255; RULE_* */
    uint8_t proto;                  /* IPPROTO_*, 0: any; ICMP stands for ICMPv6 as well */
    uint16_t triggers;              /* 1 << enum trigger */
    uint8_t flow;                   /* FLOW_* */
    uint8_t limit, track;           /* enum threshold_type, threshold_track */
    uint8_t reserved[3];
    uint32_t limit_count, limit_seconds;
    uint32_t src, dst, sport, dport;    /* number of an address set or port set + 1; 0: any */
    struct rs_text msg, category, classtype, app_proto;     /* app_proto: "!tls" when negated */
    struct rs_range metadata;       /* of kvs */
    struct rs_range references;     /* of kvs: system, id */
    struct rs_range groups;
    struct rs_range bits;           /* flowbits, xbits, hostbits */
    struct rs_text file;            /* where the rule stood */
    uint32_t line;
};

struct rs_kv { struct rs_text key, value; };

enum bit_op { BIT_SET, BIT_UNSET, BIT_TOGGLE, BIT_ISSET, BIT_ISNOTSET };
/* Whose it is: the flow's, the source's, the destination's, the two hosts' together. */
enum bit_where { BIT_FLOW, BIT_SRC, BIT_DST, BIT_PAIR };
struct rs_bit {
    uint16_t op, where;             /* enum bit_op, bit_where */
    uint32_t bits;                  /* of a flow: a mask, one of them is enough; of hosts: the name's hash */
    uint32_t seconds;               /* hosts: how long it stays set */
};

struct rs_group { uint32_t view; struct rs_range opts; };

enum opt_kind { OPT_CONTENT, OPT_PCRE, OPT_ISDATAAT, OPT_SIZE, OPT_TABLE, OPT_KIND_COUNT };

enum {
    OPT_NOT = 1, OPT_NOCASE = 2, OPT_RELATIVE = 4,
    OPT_OFFSET = 8, OPT_DEPTH = 16, OPT_DISTANCE = 32, OPT_WITHIN = 64,
    OPT_STARTS = 128, OPT_ENDS = 256,
    OPT_RELATIVE_NEXT = 512,    /* the next option is relative to this one: try its other places too */
};

struct rs_opt {
    uint16_t kind, flags;
    uint32_t number;                /* PCRE: of `pcres`; TABLE: of `tables` */
    struct rs_text text;            /* CONTENT, lower-cased with OPT_NOCASE */
    int32_t offset, depth, distance, within;    /* depth: counted from the buffer's start */
    uint32_t low, high;             /* SIZE: inclusive; ISDATAAT: low */
};

enum { PCRE_CASELESS = 1, PCRE_DOTALL = 2, PCRE_MULTILINE = 4, PCRE_ANCHORED = 8, PCRE_EXTENDED = 16,
       PCRE_UNGREEDY = 32, PCRE_DOLLAR_ENDONLY = 64 };
struct rs_pcre { struct rs_text pattern; uint32_t flags, reserved; };

#define RULESET_NO_VIEW UINT32_MAX
struct rs_view { uint8_t buffer, n_transforms, transforms[RULESET_TRANSFORMS_MAX]; };

/* Finds the rules of one trigger that are worth a full evaluation, by the value of one view. */
struct rs_probe {
    uint32_t trigger, view;         /* sorted by trigger; view RULESET_NO_VIEW: `always` alone */
    uint64_t db_at, db_n;           /* in `blobs`: a serialised Hyperscan database; db_n 0: none */
    struct rs_range patterns;       /* Hyperscan's id is the index within */
    struct rs_range tails;          /* slots of a hash of endings that begin at a label's border; n is
                                       0 or a power of two */
    uint32_t tail_view;             /* what to look into: `view` less its dotprefix */
    uint32_t tail_max;              /* bytes of the longest ending, without its dot */
    uint32_t tail_start;            /* 1: the value's start is a border too (dotprefix) */
    uint32_t reserved;
    struct rs_range tables;         /* of probe_tables */
    struct rs_range spans[2];       /* of spans: by source address, by destination address */
    struct rs_range always;         /* of refs: rules that nothing cheaper selects */
};
struct rs_pattern { struct rs_range rules; };                       /* of refs */
struct rs_tail { uint32_t hash, n; struct rs_range rules; };        /* n: bytes after the dot; 0: free */
struct rs_span { struct addr first, last; struct rs_range rules; };    /* sorted, disjoint */
struct rs_probe_table { uint32_t table, reserved; struct rs_range rules; };

/* kind: enum table_kind; at, n: in `blobs`, a block of api/table.h */
struct rs_table { struct rs_text name; uint32_t kind, reserved; uint64_t at, n; };

struct rs_addr_range { struct addr first, last; };
struct rs_port_range { uint16_t first, last; };
struct rs_set { struct rs_range ranges; };      /* sorted, disjoint */

enum ruleset_part {
    PART_TEXT, PART_RULES, PART_KVS, PART_BITS, PART_GROUPS, PART_OPTS, PART_PCRES, PART_VIEWS,
    PART_PROBES, PART_PATTERNS, PART_TAILS, PART_PROBE_TABLES, PART_REFS, PART_TABLES,
    PART_ADDR_SETS, PART_ADDR_RANGES, PART_PORT_SETS, PART_PORT_RANGES, PART_SPANS, PART_BLOBS, PART_COUNT
};

struct rs_head {
    uint32_t magic, version;
    uint64_t size;
    struct rs_part part[PART_COUNT];
    uint32_t n_bits;                /* flowbits that rules use */
    uint32_t reserved;
    char digest[72];                /* SHA-256 of the sources as hex text; not checked */
};

/* A checked image, taken apart. All pointers lead into the image. */
struct ruleset {
    const uint8_t *image;
    size_t n;
    const struct rs_head *head;
    const char *text;
    const struct rs_rule *rules;
    const struct rs_kv *kvs;
    const struct rs_bit *bits;
    const struct rs_group *groups;
    const struct rs_opt *opts;
    const struct rs_pcre *pcres;
    const struct rs_view *views;
    const struct rs_probe *probes;
    const struct rs_pattern *patterns;
    const struct rs_tail *tails;
    const struct rs_probe_table *probe_tables;
    const uint32_t *refs;
    const struct rs_table *tables;
    const struct rs_set *addr_sets;
    const struct rs_addr_range *addr_ranges;
    const struct rs_set *port_sets;
    const struct rs_port_range *port_ranges;
    const struct rs_span *spans;
    const uint8_t *blobs;
    uint32_t n_rules, n_views, n_probes, n_tables, n_pcres;
};

/* Checks an image (8-byte aligned) and takes it apart; the image must outlive *rs. On -1 the
 * error names the part that is wrong, and *rs must not be used. */
int ruleset_check(const void *image, size_t n, struct ruleset *rs, struct error *err);

static inline struct span ruleset_text(const struct ruleset *rs, struct rs_text t)
{
    return (struct span){ (const uint8_t *)rs->text + t.at, t.n };
}

/* ---- what the pipeline asks before it works for nothing ---- */

bool ruleset_wants(const struct ruleset *rs, enum trigger trigger);
bool ruleset_wants_bodies(const struct ruleset *rs, enum dir dir);

/* ---- the hash of endings, shared by compiler and look-up: bytes from the last to the first. Case
 * is folded roughly (a few other bytes fall together as well): what is found is verified ---- */

static inline uint32_t tail_step(uint32_t h, uint8_t c)
{
    return (h ^ (c | 0x20u)) * 0x01000193u;
}
enum { TAIL_SEED = 0x3c6ef372 };

static inline uint32_t tail_slot(uint32_t h, uint32_t n_slots)
{
    return (h ^ h >> 15) & (n_slots - 1);
}

#endif
