/* nDPI behind one door. Its flow memory stands in a slab of our own; only what it keeps inside for
 * some protocols it allocates by itself, for flows of no interest to us and at most PACKETS times. */
#include "app/classify.h"

#include <ctype.h>
#include <ndpi/ndpi_api.h>
#include <stdlib.h>

enum { PACKETS = 8 };

struct view { uint8_t seen; };      /* stands behind nDPI's own structure */

struct classify {
    struct ndpi_detection_module_struct *ndpi;
    struct slab flows;
    size_t ndpi_size;
    uint64_t skipped;
    char names[NDPI_MAX_SUPPORTED_PROTOCOLS + NDPI_MAX_NUM_CUSTOM_PROTOCOLS][24];
};

static void name_all(struct classify *c)
{
    static const char *const ours[] = { "http", "tls", "dns", "quic", "unknown" };
    unsigned n = ndpi_get_num_supported_protocols(c->ndpi);
    for (unsigned i = 1; i < n && i < sizeof c->names / sizeof c->names[0]; i++) {
        const char *name = ndpi_get_proto_name(c->ndpi, (uint16_t)i);
        for (unsigned k = 0; name != NULL && name[k] != '\0' && k + 1 < sizeof c->names[0]; k++)
            c->names[i][k] = isalnum((unsigned char)name[k]) ? (char)tolower((unsigned char)name[k]) : '_';
        for (unsigned k = 0; k < sizeof ours / sizeof ours[0]; k++)
            if (strcmp(c->names[i], ours[k]) == 0)
                c->names[i][0] = '\0';
    }
}

struct classify *classify_open(uint32_t flows)
{
    struct classify *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->ndpi_size = (ndpi_detection_get_sizeof_ndpi_flow_struct() + 7u) & ~(size_t)7;
    c->ndpi = ndpi_init_detection_module(ndpi_dont_load_tor_hosts |
                                         ndpi_dont_init_libgcrypt);
    if (c->ndpi == NULL || slab_open(&c->flows, c->ndpi_size + sizeof(struct view), flows) != 0) {
        classify_close(c);
        return NULL;
    }
    NDPI_PROTOCOL_BITMASK all;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(c->ndpi, &all);
    ndpi_finalize_initialization(c->ndpi);
    name_all(c);
    return c;
}

void classify_close(struct classify *c)
{
    if (c == NULL)
        return;
    if (c->ndpi != NULL)
        ndpi_exit_detection_module(c->ndpi);
    slab_close(&c->flows);
    free(c);
}

void classify_packet(struct classify *c, struct flow *f, const struct packet *p)
{
    enum { DONE = UINT16_MAX };     /* looked at, without a name */
    if (f->classified != 0 || p->payload.n == 0)
        return;
    if (f->classify_slot == SLAB_NONE && slab_take(&c->flows, &f->classify_slot) == NULL) {
        c->skipped++;
        f->classified = DONE;
        return;
    }
    struct ndpi_flow_struct *n = slab_at(&c->flows, f->classify_slot);
    struct view *v = (struct view *)((uint8_t *)n + c->ndpi_size);
    ndpi_protocol found = ndpi_detection_process_packet(c->ndpi, n, p->ip, p->ip_len,
                                                        p->ts_ns / 1000000);
    uint16_t id = found.master_protocol != NDPI_PROTOCOL_UNKNOWN ? found.master_protocol
                                                                 : found.app_protocol;
    if (id == NDPI_PROTOCOL_UNKNOWN && ++v->seen < PACKETS)
        return;
    f->classified = id != NDPI_PROTOCOL_UNKNOWN ? id : DONE;
    classify_flow_closed(c, f);
}

void classify_flow_closed(struct classify *c, struct flow *f)
{
    if (f->classify_slot == SLAB_NONE)
        return;
    ndpi_free_flow_data(slab_at(&c->flows, f->classify_slot));
    slab_give(&c->flows, f->classify_slot);
    f->classify_slot = SLAB_NONE;
}

const char *classify_name(const struct classify *c, uint16_t protocol)
{
    bool named = protocol < sizeof c->names / sizeof c->names[0] && c->names[protocol][0] != '\0';
    return named ? c->names[protocol] : NULL;
}

uint64_t classify_skipped(const struct classify *c) { return c->skipped; }
