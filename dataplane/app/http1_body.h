#ifndef APP_HTTP1_BODY_H
#define APP_HTTP1_BODY_H
/* The body of an HTTP/1 message: where it ends (RFC 9112 6 and 7), and the gathering of its bytes for
 * rules that want to read them. State is small: a chunk's size line needs no buffer. */
#include "app/http1_head.h"

enum http1_body_state {
    BODY_NONE,
    BODY_LENGTH,                    /* `left` bytes to come */
    BODY_CLOSE,                     /* until the connection ends */
    BODY_CHUNK_FIRST, BODY_CHUNK_SIZE, BODY_CHUNK_EXT, BODY_CHUNK_DATA, BODY_TRAILER, BODY_TRAILER_LINE,
};

struct http1_body {
    uint8_t *buf;                   /* pool buffer of gathered bytes, still compressed; or NULL */
    uint64_t left;                  /* of the body or of the chunk */
    uint32_t have, told;            /* bytes in buf; how many of them when it was last told */
    uint8_t state;                  /* enum http1_body_state */
    uint8_t digits;                 /* of the chunk size so far */
    uint8_t coding[2];
    bool gather;                    /* some rule wants the bytes and they have no hole so far */
    bool odd;                       /* an anomaly of this message was told */
};

/* Whose body it is, for what is told. tx is NULL when there was no memory for it. */
struct http1_owner {
    struct http_tx *tx;
    enum dir dir;
    struct app_out *out;
};

enum http1_body_end { BODY_GOES_ON, BODY_ENDED, BODY_BROKEN };

/* Starts a body; the answer is BODY_ENDED when there is none. `to_close`: without length and chunks
 * it lasts until the connection ends. */
enum http1_body_end http1_body_begin(struct http1_body *b, const struct http1_framing *f, bool to_close,
                                     const struct http1_owner *o);

/* Takes bytes up to the body's end. After ENDED and BROKEN, call http1_body_finish. */
enum http1_body_end http1_body_feed(struct http1_body *b, struct cursor *in, const struct http1_owner *o);

/* n bytes are missing; BROKEN when nobody can know where the body ends. */
enum http1_body_end http1_body_gap(struct http1_body *b, uint64_t n, const struct http1_owner *o);

/* Tells what has been gathered as the end of the body and gives the buffer back. */
void http1_body_finish(struct http1_body *b, const struct http1_owner *o);

/* n bytes, at most http1_body_skippable, went by unseen. */
enum http1_body_end http1_body_skip(struct http1_body *b, uint64_t n, const struct http1_owner *o);

/* Tells the message's first anomaly; later ones are silent. */
void http1_odd(struct http1_body *b, const struct http1_owner *o, const char *what);

/* How many of the next bytes nobody will look at. */
uint64_t http1_body_skippable(const struct http1_body *b);

#endif
