/* Options that look into bytes: buffers and transforms, content and what binds it to a place,
 * sizes, pcre, datasets. */
#include "rules/lang_parse.h"

enum { CONTENT_MAX = 8192 };

static int clip(struct span s) { return (int)(s.n < 60 ? s.n : 60); }

struct option *lang_add(struct parser *p, enum opt_kind kind, struct span at)
{
    struct rule *r = &p->rule;
    if (r->n_opts >= RULESET_OPTS_MAX) {
        refuse(p, at.p, "split the rule", "more than %d conditions", RULESET_OPTS_MAX);
        return NULL;
    }
    r->opts = keep_grow(&p->rules->keep, r->opts, r->n_opts, sizeof *r->opts);
    r->opts[r->n_opts] = (struct option){ .kind = kind, .view = p->view,
                                          .column = (uint32_t)(at.p - p->text.p) };
    p->view_used++;
    return &r->opts[r->n_opts++];
}

/* ---- buffers and transforms ---- */

static bool read_buffer(struct parser *p, struct span name, const struct buffer_info *b, bool is_modifier)
{
    if (!is_modifier) {
        if (p->view.n_transforms > 0 && p->view_used == 0)
            return refuse(p, name.p, "put a content after the transforms", "transforms that nothing uses");
        p->view = (struct view){ .buffer = (uint8_t)b->buffer };
        p->view_used = 0;
        return true;
    }
    if (p->last_content < 0)
        return refuse(p, name.p, "put it after a content", "'%.*s' without a content before it", clip(name),
                      (const char *)name.p);
    struct option *o = &p->rule.opts[p->last_content];
    if (o->view.buffer != BUF_NONE)
        return refuse(p, name.p, "use the sticky buffer or the modifier, not both",
                      "'%.*s' on a content that has a buffer", clip(name), (const char *)name.p);
    o->view = (struct view){ .buffer = (uint8_t)b->buffer };
    return true;
}

static bool read_transform(struct parser *p, struct span name, enum transform t)
{
    if (p->view.buffer == BUF_NONE || p->view_used > 0)
        return refuse(p, name.p, "put transforms right after the buffer's name",
                      "'%.*s' without a buffer before it", clip(name), (const char *)name.p);
    if (p->view.n_transforms == RULESET_TRANSFORMS_MAX)
        return refuse(p, name.p, "use fewer", "more than %d transforms", RULESET_TRANSFORMS_MAX);
    p->view.transforms[p->view.n_transforms++] = (uint8_t)t;
    return true;
}

/* ---- content ---- */

static bool read_content(struct parser *p, struct span s)
{
    struct span at = s;
    bool negated = s.n > 0 && s.p[0] == '!';
    s = text_trim(span_sub(s, negated, s.n));
    if (!text_quoted(&s))
        return refuse(p, at.p, "write content:\"text\"; inside, ; is \\; and \" is \\\"",
                      "a content without quotes around it");
    struct span bytes;
    if (!text_bytes(p, s, &bytes))
        return false;
    if (bytes.n == 0 || bytes.n > CONTENT_MAX)
        return refuse(p, at.p, "write 1 to 8192 bytes", "a content of %zu bytes", bytes.n);
    struct option *o = lang_add(p, OPT_CONTENT, at);
    if (o == NULL)
        return false;
    o->text = bytes;
    o->flags = negated ? OPT_NOT : 0;
    p->last_content = (int)p->rule.n_opts - 1;
    return true;
}

/* The option before `o` that looks into the same view: what a relative one counts from. */
static struct option *before(struct parser *p, const struct option *o)
{
    for (struct option *b = p->rule.opts + p->rule.n_opts; b-- > p->rule.opts;)
        if (b < o && memcmp(&b->view, &o->view, sizeof b->view) == 0 &&
            (b->kind == OPT_CONTENT || b->kind == OPT_PCRE))
            return b;
    return NULL;
}

static bool read_fast_pattern(struct parser *p, struct option *o, struct span s, bool has_value)
{
    if (o->flags & OPT_NOT && has_value)
        return refuse(p, s.p, "choose a content that must be there", "fast_pattern on a negated content");
    o->fast = true;
    if (!has_value)
        return true;
    if (span_is(s, "only")) {
        if (o->flags & (OPT_OFFSET | OPT_DEPTH | OPT_DISTANCE | OPT_WITHIN))
            return refuse(p, s.p, "leave :only out", "fast_pattern:only on a content that is bound to a place");
        o->fast_only = true;
        return true;
    }
    struct span rest = s;
    uint32_t at, n;
    if (!text_number(text_cut(&rest, ','), 65535, &at) || !text_number(text_trim(rest), 65535, &n) || n == 0 ||
        at + n > o->text.n)
        return refuse(p, s.p, "write fast_pattern; or fast_pattern:offset,length within the content",
                      "'%.*s' is no part of the content", clip(s), (const char *)s.p);
    o->chop_at = (uint16_t)at;
    o->chop_n = (uint16_t)n;
    return true;
}

static bool read_place(struct parser *p, struct option *o, unsigned flag, struct span s)
{
    int32_t v;
    if (o->flags & flag)
        return refuse(p, s.p, "keep one of them", "the same modifier twice");
    if (!text_signed(s, &v) || (v < 0 && flag != OPT_DISTANCE))
        return refuse(
            p, s.p, "write a number up to 65535 (only distance may be negative; variables are not supported)",
            "'%.*s' is no such number", clip(s), (const char *)s.p);
    if ((flag == OPT_DEPTH || flag == OPT_WITHIN) && (uint32_t)v < o->text.n)
        return refuse(p, s.p, "give it at least the content's length",
                      "%s %d can't hold a content of %zu bytes", flag == OPT_DEPTH ? "depth" : "within", v,
                      o->text.n);
    o->flags |= flag;
    *(flag == OPT_OFFSET     ? &o->offset
      : flag == OPT_DEPTH    ? &o->depth
      : flag == OPT_DISTANCE ? &o->distance
                             : &o->within) = v;
    return true;
}

static bool read_modifier(struct parser *p, struct span name, unsigned which, struct span value, bool has_value)
{
    static const unsigned flags[] = { OPT_NOCASE, OPT_OFFSET, OPT_DEPTH, OPT_DISTANCE, OPT_WITHIN, OPT_STARTS,
                                      OPT_ENDS, 0, 0 };
    if (p->last_content < 0)
        return refuse(p, name.p, "put it after a content", "'%.*s' without a content before it", clip(name),
                      (const char *)name.p);
    struct option *o = &p->rule.opts[p->last_content];
    if (which == 8)                                 /* rawbytes: all our buffers are what they are */
        return true;
    if (which == 7)
        return read_fast_pattern(p, o, has_value ? value : name, has_value);
    unsigned flag = flags[which];
    if (flag & (OPT_OFFSET | OPT_DEPTH | OPT_DISTANCE | OPT_WITHIN)) {
        if (!has_value)
            return refuse(p, name.p, "write a number after a colon", "'%.*s' without a number", clip(name),
                          (const char *)name.p);
        return read_place(p, o, flag, value);
    }
    if (has_value)
        return refuse(p, value.p, "write it without a value", "'%.*s' takes no value", clip(name),
                      (const char *)name.p);
    o->flags |= flag;
    return true;
}

/* ---- isdataat, sizes ---- */

static bool read_isdataat(struct parser *p, struct span s)
{
    struct span at = s;
    bool negated = s.n > 0 && s.p[0] == '!';
    s = span_sub(s, negated, s.n);
    struct span number = text_cut(&s, ',');
    bool relative = false;
    while (s.n > 0) {
        struct span word = text_cut(&s, ',');
        if (span_is(word, "relative"))
            relative = true;
        else if (!span_is(word, "rawbytes"))
            return refuse(p, word.p, "write isdataat:10,relative", "unknown word '%.*s'", clip(word),
                          (const char *)word.p);
    }
    struct option *o = lang_add(p, OPT_ISDATAAT, at);
    if (o == NULL)
        return false;
    if (!text_number(number, 65535, &o->low))
        return refuse(p, at.p, "write isdataat:10,relative", "isdataat needs a number up to 65535");
    o->flags = (negated ? OPT_NOT : 0) | (relative ? OPT_RELATIVE : 0);
    return true;
}

/* 10, <10, >10, 5<>10 or 5-10 (the bounds are left out, as in Suricata), !10. */
static bool read_size(struct parser *p, struct span s, uint32_t *low, uint32_t *high, bool *negated)
{
    struct span at = s;
    uint32_t a = 0, b = 0;
    size_t sign = 2;
    const uint8_t *between = memmem(s.p, s.n, "<>", 2);
    if (between == NULL && (between = memchr(s.p, '-', s.n)) != NULL)
        sign = 1;
    *negated = s.n > 0 && s.p[0] == '!';
    s = text_trim(span_sub(s, *negated, s.n));
    bool ok;
    if (between != NULL) {
        struct span first = { at.p, (size_t)(between - at.p) };
        struct span last = span_sub(at, first.n + sign, at.n);
        ok = !*negated && text_number(text_trim(first), 1 << 30, &a) &&
             text_number(text_trim(last), 1 << 30, &b) && b > a + 1;
        *low = a + 1;
        *high = b - 1;
    } else if (s.n > 1 && (s.p[0] == '<' || s.p[0] == '>')) {
        bool less = s.p[0] == '<', equal = s.p[1] == '=';
        ok = text_number(text_trim(span_sub(s, 1 + equal, s.n)), 1 << 30, &a) && (!less || equal || a > 0);
        *low = less ? 0 : equal ? a : a + 1;
        *high = !less ? UINT32_MAX : equal ? a : a - 1;
    } else {
        ok = text_number(text_trim(span_sub(s, s.n > 0 && s.p[0] == '=', s.n)), 1 << 30, &a);
        *low = *high = a;
    }
    return ok ||
           refuse(p, at.p, "write 10, <10, >10 or 5<>10", "'%.*s' is no size", clip(at), (const char *)at.p);
}

static bool size_option(struct parser *p, struct span value, struct view view)
{
    struct option *o = lang_add(p, OPT_SIZE, value);
    bool negated;
    if (o == NULL || !read_size(p, value, &o->low, &o->high, &negated))
        return false;
    o->view = view;
    o->flags = negated ? OPT_NOT : 0;
    return true;
}

static bool read_bsize(struct parser *p, struct span name, struct span value)
{
    if (p->view.buffer == BUF_NONE)
        return refuse(p, name.p, "put it after a sticky buffer such as http.uri;", "bsize without a buffer");
    return size_option(p, value, p->view);
}

/* urilen:10 or urilen:<10,raw. Unlike bsize, so Suricata's manual, norm is the default. */
static bool read_urilen(struct parser *p, struct span value)
{
    struct span rest = value, size = text_cut(&rest, ',');
    struct view view = { .buffer = BUF_HTTP_URI };
    rest = text_trim(rest);
    if (span_is(rest, "raw"))
        view.buffer = BUF_HTTP_URI_RAW;
    else if (rest.n > 0 && !span_is(rest, "norm"))
        return refuse(p, rest.p, "write norm or raw", "unknown word '%.*s'", clip(rest), (const char *)rest.p);
    return size_option(p, size, view);
}

/* tls.version:1.2 compares the negotiated version, which the matcher shows as text. */
static bool read_tls_version(struct parser *p, struct span s)
{
    struct span at = s;
    bool negated = s.n > 0 && s.p[0] == '!';
    s = text_trim(span_sub(s, negated, s.n));
    text_quoted(&s);
    static const char *const known[] = { "1.0", "1.1", "1.2", "1.3" };
    for (unsigned i = 0; i < 4; i++)
        if (span_is(s, known[i])) {
            struct option *o = lang_add(p, OPT_CONTENT, at);
            if (o == NULL)
                return false;
            o->view = (struct view){ .buffer = BUF_TLS_VERSION };
            o->text = (struct span){ (const uint8_t *)known[i], 3 };
            o->flags = negated ? OPT_NOT : 0;
            return true;
        }
    return refuse(p, at.p, "write 1.0, 1.1, 1.2 or 1.3", "'%.*s' is no TLS version", clip(at),
                  (const char *)at.p);
}

/* tls.subject:"CN=..." and its like: a content and its buffer in one. */
static bool read_cert_text(struct parser *p, struct span name, struct span value, bool *known)
{
    static const struct { const char *name; enum buffer buffer; } keywords[] = {
        { "tls.subject", BUF_TLS_SUBJECT }, { "tls.issuerdn", BUF_TLS_ISSUER },
        { "tls.fingerprint", BUF_TLS_FINGERPRINT },
    };
    for (unsigned i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (span_is(name, keywords[i].name)) {
            struct view view = p->view;
            p->view = (struct view){ .buffer = (uint8_t)keywords[i].buffer };
            bool ok = read_content(p, value);
            p->view = view;
            p->last_content = -1;   /* nothing modifies it */
            return ok;
        }
    *known = false;
    return false;
}

/* ---- which option it is ---- */

static bool other_option(struct parser *p, struct span name, struct span value, bool *known)
{
    if (span_is(name, "content"))
        return read_content(p, value);
    if (span_is(name, "uricontent")) {
        struct view view = p->view;
        p->view = (struct view){ .buffer = BUF_HTTP_URI };
        bool ok = read_content(p, value);
        p->view = view;
        return ok;
    }
    if (span_is(name, "pcre"))
        return lang_pcre(p, value);
    if (span_is(name, "isdataat"))
        return read_isdataat(p, value);
    if (span_is(name, "bsize"))
        return read_bsize(p, name, value);
    if (span_is(name, "urilen"))
        return read_urilen(p, value);
    if (span_is(name, "dataset"))
        return lang_dataset(p, value);
    if (span_is(name, "tls.version"))
        return read_tls_version(p, value);
    return read_cert_text(p, name, value, known);
}

bool lang_payload_option(struct parser *p, struct span name, struct span value, bool has_value, bool *known)
{
    static const char *const modifiers[] = { "nocase", "offset", "depth", "distance", "within", "startswith",
                                             "endswith", "fast_pattern", "rawbytes" };
    for (unsigned i = 0; i < sizeof modifiers / sizeof *modifiers; i++)
        if (span_is(name, modifiers[i]))
            return read_modifier(p, name, i, value, has_value);
    bool is_modifier;
    const struct buffer_info *b = buffer_by_name(name, &is_modifier);
    enum transform t;
    bool bare = b != NULL || transform_by_name(name, &t);
    if (!bare)
        return other_option(p, name, value, known);
    if (has_value)
        return refuse(p, value.p, "write the name alone, and what to look for in options after it",
                      "'%.*s' takes no value", clip(name), (const char *)name.p);
    return b != NULL ? read_buffer(p, name, b, is_modifier) : read_transform(p, name, t);
}

/* ---- once the rule is whole: places that are said in several ways become one ---- */

bool lang_places(struct parser *p)
{
    for (uint32_t i = 0; i < p->rule.n_opts; i++) {
        struct option *o = &p->rule.opts[i];
        bool relative = (o->flags & (OPT_DISTANCE | OPT_WITHIN | OPT_RELATIVE)) != 0;
        const uint8_t *at = p->text.p + o->column;
        if (o->kind == OPT_CONTENT && relative && (o->flags & (OPT_OFFSET | OPT_DEPTH | OPT_STARTS)) != 0)
            return refuse(p, at, "keep one of the two",
                          "a content bound both to the buffer's start and to the match before");
        if (o->flags & OPT_STARTS) {
            if (o->flags & (OPT_OFFSET | OPT_DEPTH))
                return refuse(p, at, "startswith says both already", "startswith with offset or depth");
            o->flags |= OPT_DEPTH;
            o->depth = (int32_t)o->text.n;
        } else if (o->flags & OPT_DEPTH) {
            o->depth += o->offset;      /* a depth counts from the offset */
        }
        if (!relative)
            continue;
        struct option *b = before(p, o);
        if (b != NULL && (b->flags & OPT_NOT) == 0)
            b->flags |= OPT_RELATIVE_NEXT;
    }
    return true;
}
