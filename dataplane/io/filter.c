/* Filter expressions through libpcap's compiler and its interpreter. */
#include "io/filter.h"
#include "io/linktype.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRAMS_MAX = 16, SNAPLEN = 262144 };

struct program { uint16_t linktype; struct bpf_program code; };

struct filter {
    char *expression;
    unsigned n, last;       /* programs; the one used last */
    struct program programs[PROGRAMS_MAX];
};

static int compile(struct filter *f, uint16_t linktype, struct error *e)
{
    if (f->n == PROGRAMS_MAX)
        return error_set(e, "filter \"%s\": more than %d link types", f->expression, PROGRAMS_MAX);
    pcap_t *dead = pcap_open_dead(linktype_to_dlt(linktype), SNAPLEN);
    if (dead == NULL)
        return error_set(e, "filter \"%s\": no memory", f->expression);
    struct program *p = &f->programs[f->n];
    p->linktype = linktype;
    int result = pcap_compile(dead, &p->code, f->expression, 1, PCAP_NETMASK_UNKNOWN);
    if (result != 0)
        error_set(e, "filter \"%s\": %s", f->expression, pcap_geterr(dead));
    else
        f->n++;
    pcap_close(dead);
    return result;
}

/* What has a meaning on Ethernet or on Wi-Fi is an expression. */
struct filter *filter_open(const char *expression, struct error *e)
{
    struct filter *f = calloc(1, sizeof *f);
    if (f == NULL || (f->expression = strdup(expression)) == NULL) {
        error_set(e, "filter: no memory");
        free(f);
        return NULL;
    }
    struct error wifi;
    if (compile(f, LINK_ETHERNET, e) == 0 || compile(f, LINK_IEEE802_11, &wifi) == 0)
        return f;
    filter_close(f);
    return NULL;
}

void filter_close(struct filter *f)
{
    if (f == NULL)
        return;
    for (unsigned i = 0; i < f->n; i++)
        pcap_freecode(&f->programs[i].code);
    free(f->expression);
    free(f);
}

int filter_match(struct filter *f, const struct packet *p, struct error *e)
{
    if (f->n == 0 || f->programs[f->last].linktype != p->linktype) {
        f->last = 0;
        while (f->last < f->n && f->programs[f->last].linktype != p->linktype)
            f->last++;
        if (f->last == f->n && compile(f, p->linktype, e) != 0) {
            f->last = 0;
            return -1;
        }
    }
    return bpf_filter(f->programs[f->last].code.bf_insns, p->data, p->wirelen, p->caplen) != 0;
}
