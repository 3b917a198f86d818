/* pcre:"/pattern/flags". The pattern is compiled here once to see that it is sound, and again by
 * the matcher from its text. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/lang_parse.h"
#include "rules/lang_pcre.h"

#include <pcre2.h>

enum { PATTERN_MAX = 4096 };

static int clip(struct span s) { return (int)(s.n < 60 ? s.n : 60); }

uint32_t pcre_options(uint32_t flags)
{
    return (flags & PCRE_CASELESS ? PCRE2_CASELESS : 0) | (flags & PCRE_DOTALL ? PCRE2_DOTALL : 0) |
           (flags & PCRE_MULTILINE ? PCRE2_MULTILINE : 0) | (flags & PCRE_ANCHORED ? PCRE2_ANCHORED : 0) |
           (flags & PCRE_EXTENDED ? PCRE2_EXTENDED : 0) | (flags & PCRE_UNGREEDY ? PCRE2_UNGREEDY : 0) |
           (flags & PCRE_DOLLAR_ENDONLY ? PCRE2_DOLLAR_ENDONLY : 0) | PCRE2_NEVER_UTF;
}

static bool sound(struct parser *p, struct span pattern, uint32_t flags)
{
    int code;
    PCRE2_SIZE where;
    pcre2_code *re = pcre2_compile(pattern.p, pattern.n, pcre_options(flags), &code, &where, NULL);
    if (re != NULL) {
        pcre2_code_free(re);
        return true;
    }
    PCRE2_UCHAR text[200];
    pcre2_get_error_message(code, text, sizeof text);
    return refuse(p, pattern.p + (where < pattern.n ? where : pattern.n), "see pcre2pattern(3)",
                  "the regular expression is not sound: %s", (const char *)text);
}

/* The flags after the last slash: PCRE's own, relative, and the old letters for buffers. */
static bool read_flags(struct parser *p, struct span s, uint32_t *flags, bool *relative, enum buffer *buffer)
{
    static const struct { char letter; uint32_t flag; enum buffer buffer; } known[] = {
        { 'i', PCRE_CASELESS, 0 }, { 's', PCRE_DOTALL, 0 }, { 'm', PCRE_MULTILINE, 0 },
        { 'x', PCRE_EXTENDED, 0 }, { 'A', PCRE_ANCHORED, 0 }, { 'E', PCRE_DOLLAR_ENDONLY, 0 },
        { 'G', PCRE_UNGREEDY, 0 }, { 'O', 0, 0 }, { 'B', 0, 0 },    /* O, B: nothing here to change */
        { 'U', 0, BUF_HTTP_URI }, { 'I', 0, BUF_HTTP_URI_RAW }, { 'P', 0, BUF_HTTP_REQUEST_BODY },
        { 'Q', 0, BUF_HTTP_RESPONSE_BODY }, { 'H', 0, BUF_HTTP_HEADER }, { 'D', 0, BUF_HTTP_HEADER_RAW },
        { 'M', 0, BUF_HTTP_METHOD }, { 'C', 0, BUF_HTTP_COOKIE }, { 'S', 0, BUF_HTTP_STAT_CODE },
        { 'Y', 0, BUF_HTTP_STAT_MSG }, { 'V', 0, BUF_HTTP_USER_AGENT }, { 'W', 0, BUF_HTTP_HOST },
        { 'Z', 0, BUF_HTTP_HOST_RAW },
    };
    for (size_t i = 0; i < s.n; i++) {
        unsigned k = 0;
        while (k < sizeof known / sizeof *known && known[k].letter != (char)s.p[i])
            k++;
        if (s.p[i] == 'R') {
            *relative = true;
            continue;
        }
        if (k == sizeof known / sizeof *known)
            return refuse(p, s.p + i, "use i s m x A E G R or a letter for a buffer",
                          "unknown pcre flag '%c'", s.p[i]);
        *flags |= known[k].flag;
        if (known[k].buffer != BUF_NONE && *buffer != BUF_NONE)
            return refuse(p, s.p + i, "keep one", "two buffers for one pcre");
        if (known[k].buffer != BUF_NONE)
            *buffer = known[k].buffer;
    }
    return true;
}

bool lang_pcre(struct parser *p, struct span s)
{
    struct span at = s;
    bool negated = s.n > 0 && s.p[0] == '!';
    s = text_trim(span_sub(s, negated, s.n));
    size_t last = 0;
    bool quoted = text_quoted(&s);
    for (size_t i = 1; i < s.n; i++)
        if (s.p[i] == '/')
            last = i;
    if (!quoted || s.n < 3 || s.p[0] != '/' || last < 2 || last > PATTERN_MAX)
        return refuse(p, at.p, "write pcre:\"/pattern/flags\"", "can't read '%.*s'", clip(at),
                      (const char *)at.p);

    uint32_t flags = 0;
    bool relative = false;
    enum buffer buffer = BUF_NONE;
    struct span pattern = span_sub(s, 1, last - 1);
    if (!read_flags(p, span_sub(s, last + 1, s.n), &flags, &relative, &buffer))
        return false;
    if (buffer != BUF_NONE && p->view.buffer != BUF_NONE && p->view.buffer != buffer)
        return refuse(p, at.p, "leave the letter out",
                      "a pcre with a letter for a buffer inside a sticky buffer");

    /* \; and \" are the rule file's escapes and mean the same to PCRE, so they can stay */
    if (!sound(p, pattern, flags))
        return false;
    struct option *o = lang_add(p, OPT_PCRE, at);
    if (o == NULL)
        return false;
    o->text = (struct span){ (uint8_t *)keep_text(&p->rules->keep, pattern.p, pattern.n), pattern.n };
    o->pcre_flags = flags;
    o->flags = (negated ? OPT_NOT : 0) | (relative ? OPT_RELATIVE : 0);
    if (buffer != BUF_NONE)
        o->view = (struct view){ .buffer = (uint8_t)buffer };
    return true;
}
