#ifndef APP_HTTP1_PAIR_H
#define APP_HTTP1_PAIR_H
/* What a parsed head does to its connection: which transaction it belongs to, what is told of it, and
 * what follows it. Used by http1.c alone. */
#include "app/http1.h"
#include "app/http1_tx.h"

enum http1_side_state {
    SIDE_START,         /* before a message */
    SIDE_HEAD,          /* its head is being gathered */
    SIDE_SKIP_HEAD,     /* the head was too long: told, its rest goes by */
    SIDE_BODY,
    SIDE_CONNECT,       /* CONNECT was sent: what the client says next is another protocol */
    SIDE_LOST,          /* until a slice begins with a message */
};

/* What a step works on. */
struct http1_step {
    struct http1 *h;
    struct http1_side *side;
    enum dir dir;
    struct app_out *out;
};

static inline struct http1_step http1_step_of(struct http1 *h, enum dir dir, struct app_out *out)
{
    return (struct http1_step){ h, &h->side[dir], dir, out };
}

static inline struct http1_owner http1_owner_of(const struct http1_step *s)
{
    return (struct http1_owner){ s->side->tx != NULL ? &s->side->tx->http : NULL, s->dir, s->out };
}

static inline void http1_step_odd(const struct http1_step *s, const char *what)
{
    struct http1_owner o = http1_owner_of(s);
    http1_odd(&s->side->body, &o, what);
}

/* A head was parsed; `text` is all of it, `joined` the bytes that stand in the scratch. The answer is the
 * side's next state. */
enum http1_side_state http1_on_request(const struct http1_step *s, struct span text, size_t joined,
                                       const struct http_request *req, const struct http1_framing *framing);
enum http1_side_state http1_on_response(const struct http1_step *s, const struct http_response *resp,
                                        const struct http1_framing *framing);

/* HTTP/0.9 answers with the document alone. `none` is an empty span in the slice. */
enum http1_side_state http1_on_bare_response(const struct http1_step *s, struct span none);

/* The side's message has ended, and with both ends its transaction. */
enum http1_side_state http1_message_end(const struct http1_step *s);

/* The request whose turn it is to be answered, or NULL. */
struct http1_tx *http1_unanswered(const struct http1 *h);

/* The transaction is over: told and forgotten. */
void http1_finish(const struct http1_step *s, struct http1_tx *tx);

/* The responses of all transactions before `but` were lost (not known when the client pipelines). */
void http1_close_lost(const struct http1_step *s, const struct http1_tx *but);

/* The slice goes away, and `joined` bytes of scratch with it: a response that is not over keeps its text. */
void http1_keep_responses(struct http1 *h, size_t joined, struct app_out *out);

#endif
