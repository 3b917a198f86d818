#ifndef JSON_H
#define JSON_H
/* JSON text appended to a buffer: no tree, no allocation. What finds no room is left out and `full`
 * stays set, so a caller checks once, at the end of a line. */
#include "base/cursor.h"

struct json { char *p, *end; bool full; };

static inline void js_fail(struct json *j)
{
    j->full = true;
    j->end = j->p;
}

__attribute__((always_inline)) static inline void js_raw(struct json *j, const char *text,
                                                         size_t n)
{
    if ((size_t)(j->end - j->p) < n) {
        js_fail(j);
        return;
    }
    memcpy(j->p, text, n);
    j->p += n;
}

/* Text that is JSON already, as a literal. */
#define JS(j, literal) js_raw(j, literal, sizeof(literal) - 1)

void js_u64(struct json *j, uint64_t v);
void js_i64(struct json *j, int64_t v);

/* The escaped inside of a string, cut before it grows longer than `max` bytes (RFC 8259 7). Sound
 * UTF-8 (RFC 3629) passes as it is; a byte that is none stands as the Latin-1 character of its
 * number, so every byte is told and the line is always UTF-8. */
void js_text(struct json *j, struct span s, size_t max);

/* The same in quotes. */
void js_string(struct json *j, struct span s, size_t max);
void js_cstring(struct json *j, const char *s);

/* Length of the UTF-8 sequence that s begins with (1 to 4), 0 when it is none. */
unsigned utf8_length(struct span s);

/* ,"key":"value" when the value is not empty. The key is a literal with its punctuation. */
#define JS_FIELD(j, literal, span, max)                                                            \
    do {                                                                                           \
        if ((span).n > 0) {                                                                        \
            JS(j, ",\"" literal "\":");                                                            \
            js_string(j, span, max);                                                               \
        }                                                                                          \
    } while (0)

#define JS_NUMBER(j, literal, number)                                                              \
    do {                                                                                           \
        JS(j, ",\"" literal "\":");                                                                \
        js_u64(j, number);                                                                         \
    } while (0)

/* Objects whose fields all begin with a comma: the first comma becomes the opening brace.
 *     char *at = js_mark(j); JS_FIELD(...); JS_FIELD(...); js_close(j, at); */
static inline char *js_mark(const struct json *j)
{
    return j->p;
}

static inline void js_close(struct json *j, char *at)
{
    if (j->p > at)
        *at = '{';
    else
        JS(j, "{");
    JS(j, "}");
}

#endif
