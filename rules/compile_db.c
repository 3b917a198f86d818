/* Hyperscan databases, in block mode: every value that we look into is whole. This file and
 * detect/match.c are Hyperscan's doors. */
#include "rules/compile_parts.h"

#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ANCHORED_MAX = 2000,    /* more patterns bound to a place would take minutes to compile: then they
                               are found anywhere, and verification does the rest */
    LITERAL_MAX = 120,      /* bytes; the rest of a long content is left to verification */
};

uint32_t database_flags(uint32_t pcre)
{
    return (pcre & PCRE_CASELESS ? HS_FLAG_CASELESS : 0u) | (pcre & PCRE_DOTALL ? HS_FLAG_DOTALL : 0u) |
           (pcre & PCRE_MULTILINE ? HS_FLAG_MULTILINE : 0u) | HS_FLAG_PREFILTER | HS_FLAG_ALLOWEMPTY;
}

bool database_takes(const char *expression, uint32_t flags)
{
    hs_database_t *db = NULL;
    hs_compile_error_t *why = NULL;
    bool ok = hs_compile(expression, flags | HS_FLAG_SINGLEMATCH, HS_MODE_BLOCK, NULL, &db, &why) == HS_SUCCESS;
    hs_free_database(db);
    hs_free_compile_error(why);
    return ok;
}

/* The part of a literal that is searched: its end when that is what is bound. */
static struct span literal_of(const struct key *k)
{
    if (k->bytes.n <= LITERAL_MAX)
        return k->bytes;
    return k->ends ? span_sub(k->bytes, k->bytes.n - LITERAL_MAX, LITERAL_MAX)
                   : span_sub(k->bytes, 0, LITERAL_MAX);
}

static char *escape(const struct key *k)
{
    struct span s = literal_of(k);
    bool cut = s.n < k->bytes.n;
    char *out = malloc(s.n * 4 + 4), *o = out;
    if (out == NULL)
        abort();
    if (k->starts && (!cut || !k->ends))
        *o++ = '^';
    for (size_t i = 0; i < s.n; i++)
        o += sprintf(o, "\\x%02x", s.p[i]);
    if (k->ends)
        o += sprintf(o, "\\z");
    *o = '\0';
    return out;
}

struct inputs { const char **text; unsigned *flags, *ids; size_t *lens; };

static int compile(struct compiler *c, const struct inputs *in, uint32_t n, bool literals, hs_database_t **db)
{
    hs_compile_error_t *why = NULL;
    hs_error_t rc =
        literals
            ? hs_compile_lit_multi(in->text, in->flags, in->ids, in->lens, n, HS_MODE_BLOCK, NULL, db, &why)
            : hs_compile_multi(in->text, in->flags, in->ids, n, HS_MODE_BLOCK, NULL, db, &why);
    if (rc == HS_SUCCESS)
        return 0;
    error_set(c->err, "patterns can't be compiled: %s", why != NULL ? why->message : "no memory");
    hs_free_compile_error(why);
    return -1;
}

static int store(struct compiler *c, hs_database_t *db, uint64_t *at, uint64_t *size)
{
    char *bytes = NULL;
    size_t n = 0;
    hs_error_t rc = hs_serialize_database(db, &bytes, &n);
    hs_free_database(db);
    if (rc != HS_SUCCESS)
        return error_set(c->err, "a pattern database can't be stored (Hyperscan error %d)", rc);
    *at = blob_put(c, bytes, n);
    *size = n;
    free(bytes);
    c->stats->databases++;
    return 0;
}

int database_build(struct compiler *c, const struct key *keys, uint32_t n, uint64_t *at, uint64_t *size)
{
    *at = *size = 0;
    if (n == 0)
        return 0;
    uint32_t bound = 0, regexes = 0;
    for (uint32_t i = 0; i < n; i++) {
        bound += keys[i].kind == KEY_LITERAL && (keys[i].starts || keys[i].ends);
        regexes += keys[i].kind == KEY_REGEX;
    }
    bool literals = regexes == 0 && (bound == 0 || bound > ANCHORED_MAX);
    struct inputs in = { calloc(n, sizeof *in.text), calloc(n, sizeof *in.flags), calloc(n, sizeof *in.ids),
                         calloc(n, sizeof *in.lens) };
    if (in.text == NULL || in.flags == NULL || in.ids == NULL || in.lens == NULL)
        abort();
    for (uint32_t i = 0; i < n; i++) {
        struct key k = keys[i];
        k.starts = k.starts && bound <= ANCHORED_MAX;
        k.ends = k.ends && bound <= ANCHORED_MAX;
        struct span s = literal_of(&k);
        in.text[i] = k.kind == KEY_REGEX || literals ? (const char *)s.p : escape(&k);
        in.lens[i] = s.n;
        in.flags[i] = k.flags | HS_FLAG_SINGLEMATCH;
        in.ids[i] = i;
        if (k.kind == KEY_REGEX)
            in.text[i] = (const char *)k.bytes.p;
    }
    hs_database_t *db = NULL;
    int rc = compile(c, &in, n, literals, &db);
    if (rc == 0)
        rc = store(c, db, at, size);
    for (uint32_t i = 0; i < n; i++)
        if (keys[i].kind != KEY_REGEX && !literals)
            free((void *)(uintptr_t)in.text[i]);
    free(in.text);
    free(in.flags);
    free(in.ids);
    free(in.lens);
    return rc;
}
