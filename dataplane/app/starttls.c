#include "app/starttls.h"

#include <assert.h>

enum { TLS_HANDSHAKE = 0x16, BER_SEQUENCE = 0x30, MYSQL_SSL_REQUEST_LEN = 32 };
enum step { GO_ON, TLS_HERE, NO_TLS };

static_assert(sizeof(struct starttls) <= 64, "lives within the flow");

const char *starttls_name(enum starttls_proto proto)
{
    static const char *const names[] = {
        "", "smtp", "ftp", "imap", "pop3", "sieve", "xmpp", "ldap", "pgsql", "mysql",
    };
    return names[proto];
}

/* ---- lines ---- */

static bool says(struct span line, const char *command)
{
    size_t n = strlen(command);
    return line.n >= n && span_is_nocase(span_sub(line, 0, n), command);
}

/* A client's line, its first bytes. What is behind DATA and RETR is mail, and no place for TLS. */
static enum step on_command(struct starttls *s, struct span line)
{
    bool ftp = says(line, "USER ") || says(line, "AUTH TLS") || says(line, "AUTH SSL");
    bool smtp = says(line, "EHLO") || says(line, "HELO") || says(line, "LHLO");
    if (s->proto == STARTTLS_SMTP && ftp)
        s->proto = STARTTLS_FTP;
    else if (s->proto == STARTTLS_FTP && smtp)
        s->proto = STARTTLS_SMTP;
    switch (s->proto) {
    case STARTTLS_SMTP:
        return says(line, "DATA") || says(line, "BDAT ") ? NO_TLS : GO_ON;
    case STARTTLS_POP3:
        return says(line, "RETR ") ? NO_TLS : GO_ON;
    default:
        return GO_ON;
    }
}

static enum step line_step(struct starttls *s, enum dir dir, struct cursor *in)
{
    struct starttls_side *side = &s->side[dir];
    if (side->n_word == 0 && in->p[0] == TLS_HANDSHAKE)
        return TLS_HERE;
    size_t end = span_find(cur_rest(in), '\n');
    struct span part = cur_take(in, end < in->left ? end + 1 : end);
    struct span keep = span_sub(part, 0, (size_t)(STARTTLS_WORD_MAX - side->n_word));
    memcpy(side->word + side->n_word, keep.p, keep.n);
    side->n_word = (uint8_t)(side->n_word + keep.n);
    if (end == part.n)              /* the line goes on */
        return GO_ON;
    struct span line = { side->word, side->n_word };
    side->n_word = 0;
    return dir == TO_SERVER ? on_command(s, line) : GO_ON;
}

/* XML can't hold the byte anywhere (XML 1.0 2.2). */
static enum step xml_step(struct cursor *in)
{
    size_t at = span_find(cur_rest(in), TLS_HANDSHAKE);
    cur_take(in, at);
    return in->left > 0 ? TLS_HERE : GO_ON;
}

/* ---- binary messages ---- */

/* Takes bytes of the head until `want` stand in side->word. */
static bool gather(struct starttls_side *side, struct cursor *in, size_t want)
{
    size_t n = want > side->n_word ? want - side->n_word : 0;
    struct span part = cur_take(in, n < in->left ? n : in->left);
    memcpy(side->word + side->n_word, part.p, part.n);
    side->n_word = (uint8_t)(side->n_word + part.n);
    return side->n_word >= want;
}

/* LDAP: each message is a BER SEQUENCE (RFC 4511 4.1.1); TLS follows one that is whole. */
static enum step ldap_step(struct starttls_side *side, struct cursor *in)
{
    if (side->n_word == 0 && in->p[0] == TLS_HANDSHAKE)
        return TLS_HERE;
    if (!gather(side, in, 2))
        return GO_ON;
    size_t more = side->word[1] > 0x80 ? side->word[1] - 0x80u : 0;
    if (side->word[0] != BER_SEQUENCE || side->word[1] == 0x80 || more > 4)
        return NO_TLS;
    if (!gather(side, in, 2 + more))
        return GO_ON;
    struct cursor len = cur_over((struct span){ side->word + 1, 1 + more });
    if (more > 0)
        cur_be(&len, 1);
    side->skip = (uint32_t)cur_be(&len, more > 0 ? (unsigned)more : 1);
    side->n_word = 0;
    return GO_ON;
}

static bool is_pgsql_request(const uint8_t *p)      /* SSLRequest, GSSENCRequest */
{
    return memcmp(p, "\0\0\0\x08\x04\xd2\x16", 7) == 0 && (p[7] == 0x2f || p[7] == 0x30);
}

/* PostgreSQL: an 8-byte request, a 1-byte answer, then TLS or the login ("SSL Session Encryption"
 * in its protocol manual). */
static enum step pgsql_step(struct starttls_side *side, enum dir dir, struct cursor *in)
{
    if (side->n_word == 0 && in->p[0] == TLS_HANDSHAKE)
        return TLS_HERE;
    if (dir == TO_CLIENT) {
        uint64_t answer = cur_be(in, 1);
        return answer == 'S' || answer == 'N' || answer == 'G' ? GO_ON : NO_TLS;
    }
    if (!gather(side, in, 8))
        return GO_ON;
    side->n_word = 0;
    return is_pgsql_request(side->word) ? GO_ON : NO_TLS;
}

/* MySQL: the client answers the greeting with a login, of which only the first 32 bytes come before
 * TLS ("SSLRequest" in its protocol manual). */
static enum step mysql_step(struct starttls_side *side, enum dir dir, struct cursor *in)
{
    if (side->n_word == 0 && side->n_messages > 0 && in->p[0] == TLS_HANDSHAKE)
        return TLS_HERE;
    if (side->n_messages > 0)
        return NO_TLS;
    if (!gather(side, in, 4))
        return GO_ON;
    side->skip = (uint32_t)(side->word[0] | side->word[1] << 8 | side->word[2] << 16);
    side->n_word = 0;
    side->n_messages = 1;
    return dir == TO_SERVER && side->skip != MYSQL_SSL_REQUEST_LEN ? NO_TLS : GO_ON;
}

/* ---- either ---- */

static enum step step(struct starttls *s, enum dir dir, struct cursor *in)
{
    struct starttls_side *side = &s->side[dir];
    if (side->skip > 0) {
        side->skip -= (uint32_t)cur_take(in, side->skip < in->left ? side->skip : in->left).n;
        return GO_ON;
    }
    switch (s->proto) {
    case STARTTLS_LDAP:  return ldap_step(side, in);
    case STARTTLS_PGSQL: return pgsql_step(side, dir, in);
    case STARTTLS_MYSQL: return mysql_step(side, dir, in);
    case STARTTLS_XMPP:  return xml_step(in);
    default:             return line_step(s, dir, in);
    }
}

struct app_result starttls_feed(struct starttls *s, enum dir dir, struct span bytes,
                                struct app_out *out)
{
    (void)out;
    struct cursor in = cur_over(bytes);
    while (in.left > 0 && !s->over) {
        enum step did = step(s, dir, &in);
        if (did == TLS_HERE)
            return (struct app_result){ APP_TUNNEL, bytes.n - in.left };
        s->over = did == NO_TLS;
    }
    struct starttls_side *side = &s->side[dir];
    side->seen += bytes.n < STARTTLS_BYTES_MAX ? (uint32_t)bytes.n : STARTTLS_BYTES_MAX;
    s->over = s->over || side->seen >= STARTTLS_BYTES_MAX;
    return (struct app_result){ s->over ? APP_DONE : APP_MORE, bytes.n };
}

/* Behind a hole a text protocol is at a line's start or soon will be; binary messages can only be
 * found again if the hole lies within one. */
void starttls_gap(struct starttls *s, enum dir dir, uint64_t n)
{
    struct starttls_side *side = &s->side[dir];
    if (s->proto < STARTTLS_LDAP)
        side->n_word = 0;
    else if (n <= side->skip)
        side->skip -= (uint32_t)n;
    else
        s->over = true;
}
