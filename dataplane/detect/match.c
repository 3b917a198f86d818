/* One database for each probe that has patterns, one scratch space for all of them. */
#include "detect/match.h"

#include <hs/hs.h>
#include <stdlib.h>

struct matcher {
    hs_scratch_t *scratch;
    uint32_t n;
    struct { hs_database_t *db; uint32_t patterns; } probe[];
};

void matcher_close(struct matcher *m)
{
    if (m == NULL)
        return;
    hs_free_scratch(m->scratch);
    for (uint32_t i = 0; i < m->n; i++)
        hs_free_database(m->probe[i].db);
    free(m);
}

/* Hyperscan refuses a database that is damaged, of another version or for another CPU. */
static int open_probe(struct matcher *m, const struct ruleset *rs, uint32_t i, struct error *err)
{
    const struct rs_probe *p = &rs->probes[i];
    if (p->db_n == 0)
        return 0;
    hs_error_t rc = hs_deserialize_database((const char *)rs->blobs + p->db_at, p->db_n, &m->probe[i].db);
    if (rc == HS_SUCCESS)
        rc = hs_alloc_scratch(m->probe[i].db, &m->scratch);
    m->probe[i].patterns = p->patterns.n;
    return rc == HS_SUCCESS ? 0
                            : error_set(err,
                                        "a pattern database can't be used (Hyperscan error %d): compile the "
                                        "rules on this machine",
                                        rc);
}

struct matcher *matcher_open(const struct ruleset *rs, struct error *err)
{
    struct matcher *m = calloc(1, sizeof *m + rs->n_probes * sizeof m->probe[0]);
    if (m == NULL) {
        error_set(err, "no memory for %u pattern databases", rs->n_probes);
        return NULL;
    }
    m->n = rs->n_probes;
    for (uint32_t i = 0; i < rs->n_probes; i++)
        if (open_probe(m, rs, i, err) != 0) {
            matcher_close(m);
            return NULL;
        }
    return m;
}

struct hits { match_fn *found; void *ctx; uint32_t n; };

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    (void)from;
    (void)to;
    (void)flags;
    const struct hits *h = ctx;
    if (id < h->n)
        h->found(h->ctx, id);
    return 0;
}

void matcher_scan(struct matcher *m, uint32_t probe, struct span value, match_fn *found, void *ctx)
{
    struct hits h = { found, ctx, m->probe[probe].patterns };
    unsigned n = value.n < UINT32_MAX ? (unsigned)value.n : UINT32_MAX;
    if (m->probe[probe].db != NULL)
        hs_scan(m->probe[probe].db, (const char *)value.p, n, 0, m->scratch, on_match, &h);
}
