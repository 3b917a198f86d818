/* Which protocol that may go over to TLS begins like this? */
#include "app/starttls.h"

/* YES when `first` begins with `text`, MORE while it is the beginning of it. */
static enum app_probe begins(struct span first, const char *text)
{
    size_t n = strlen(text);
    struct span part = span_sub(first, 0, n);
    for (size_t i = 0; i < part.n; i++)
        if (ascii_lower(part.p[i]) != ascii_lower((uint8_t)text[i]))
            return PROBE_NO;
    return part.n == n ? PROBE_YES : PROBE_MORE;
}

static enum app_probe better(enum app_probe a, enum app_probe b)
{
    return a > b ? a : b;           /* NO, MORE, YES */
}

struct opening { const char *text; enum starttls_proto proto; };

static const struct opening banners[] = {
    { "220 ", STARTTLS_SMTP }, { "220-", STARTTLS_SMTP }, { "* OK", STARTTLS_IMAP },
    { "* PREAUTH", STARTTLS_IMAP }, { "+OK", STARTTLS_POP3 },
    { "\"IMPLEMENTATION\"", STARTTLS_SIEVE },
};

static const struct opening commands[] = {
    { "EHLO ", STARTTLS_SMTP }, { "HELO ", STARTTLS_SMTP }, { "LHLO ", STARTTLS_SMTP },
    { "STARTTLS\r", STARTTLS_SMTP }, { "AUTH TLS", STARTTLS_FTP }, { "AUTH SSL", STARTTLS_FTP },
    { "STLS\r", STARTTLS_POP3 }, { "CAPA\r", STARTTLS_POP3 },
};

static enum app_probe probe_text(struct span first, const struct opening *o, size_t n,
                                 enum starttls_proto *which)
{
    enum app_probe best = PROBE_NO;
    for (size_t i = 0; i < n && best != PROBE_YES; i++) {
        best = better(best, begins(first, o[i].text));
        if (best == PROBE_YES)
            *which = o[i].proto;
    }
    return best;
}

/* A tag of letters and digits, then one of the commands a client begins with. */
static enum app_probe probe_imap(struct span first, enum starttls_proto *which)
{
    static const char *const words[] = { "CAPABILITY\r", "STARTTLS\r", "ID (", "ID NIL", "LOGIN " };
    size_t blank = span_find(span_sub(first, 0, 12), ' ');
    for (size_t i = 0; i < blank && i < first.n; i++) {
        uint8_t c = ascii_lower(first.p[i]);
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-'))
            return PROBE_NO;
    }
    if (blank == 0 || blank == 12)
        return PROBE_NO;
    if (blank >= first.n)
        return PROBE_MORE;
    enum app_probe best = PROBE_NO;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        best = better(best, begins(span_sub(first, blank + 1, first.n), words[i]));
    *which = STARTTLS_IMAP;
    return best;
}

enum { XMPP_PROBE_MAX = 256, LDAP_FIRST_OP = 0x60, LDAP_LAST_OP = 0x78 };

/* "<stream:stream", perhaps behind an XML declaration (RFC 6120 4.2). */
static enum app_probe probe_xmpp(struct span first, enum starttls_proto *which)
{
    *which = STARTTLS_XMPP;
    enum app_probe xml = begins(first, "<?xml "), stream = begins(first, "<stream:stream");
    if (xml != PROBE_YES)
        return better(xml, stream);
    struct span head = span_sub(first, 0, XMPP_PROBE_MAX);
    if (memmem(head.p, head.n, "<stream:stream", 14) != NULL)
        return PROBE_YES;
    size_t end = span_find(head, '>');
    if (end < head.n && span_sub(head, end + 1, 16).n == 16)
        return PROBE_NO;            /* another document */
    return head.n < XMPP_PROBE_MAX ? PROBE_MORE : PROBE_NO;
}

/* SEQUENCE { messageID INTEGER, an [APPLICATION] operation (RFC 4511 4.2 on). */
static enum app_probe probe_ldap(struct span first, enum starttls_proto *which)
{
    struct cursor c = cur_over(first);
    cur_be(&c, 1);
    uint64_t len = cur_be(&c, 1);
    if (len == 0x80 || len > 0x84)
        return PROBE_NO;
    if (len > 0x80)
        cur_take(&c, (size_t)len - 0x80);
    uint64_t tag = cur_be(&c, 1), id_len = cur_be(&c, 1);
    if (!c.bad && (tag != 2 || id_len < 1 || id_len > 4))
        return PROBE_NO;
    cur_take(&c, (size_t)id_len);
    uint64_t op = cur_be(&c, 1);
    if (c.bad)
        return first.n < 16 ? PROBE_MORE : PROBE_NO;
    *which = STARTTLS_LDAP;
    return op >= LDAP_FIRST_OP && op <= LDAP_LAST_OP ? PROBE_YES
         : op == 0x42 || op == 0x4a ? PROBE_YES : PROBE_NO;     /* unbind, delete */
}

static enum app_probe probe_pgsql(struct span first, enum starttls_proto *which)
{
    *which = STARTTLS_PGSQL;
    struct span want = SPAN("\0\0\0\x08\x04\xd2\x16"), part = span_sub(first, 0, want.n);
    if (memcmp(part.p, want.p, part.n) != 0)
        return PROBE_NO;
    if (first.n < 8)
        return PROBE_MORE;
    return first.p[7] == 0x2f || first.p[7] == 0x30 ? PROBE_YES : PROBE_NO;
}

/* A greeting: length, number 0, protocol 10, a version that begins with a digit. */
static enum app_probe probe_mysql(struct span first, enum starttls_proto *which)
{
    *which = STARTTLS_MYSQL;
    if ((first.n > 2 && first.p[2] != 0) || (first.n > 3 && first.p[3] != 0) ||
        (first.n > 4 && first.p[4] != 10))
        return PROBE_NO;
    if (first.n < 6)
        return PROBE_MORE;
    return first.p[5] >= '1' && first.p[5] <= '9' ? PROBE_YES : PROBE_NO;
}

static enum app_probe probe_banner(struct span first, enum starttls_proto *which)
{
    enum app_probe p = probe_text(first, banners, sizeof banners / sizeof *banners, which);
    struct span line = span_sub(first, 0, span_find(first, '\n'));
    if (p == PROBE_YES && *which == STARTTLS_SMTP && memmem(line.p, line.n, "FTP", 3) != NULL)
        *which = STARTTLS_FTP;      /* else told by the first command */
    return p == PROBE_NO ? probe_mysql(first, which) : p;
}

enum app_probe starttls_probe(enum dir dir, struct span first, enum starttls_proto *which)
{
    enum starttls_proto found = STARTTLS_NONE;
    enum app_probe p;
    if (first.n == 0)
        return PROBE_MORE;
    if (first.p[0] == '<')
        p = probe_xmpp(first, &found);
    else if (first.p[0] == 0x30)
        p = probe_ldap(first, &found);
    else if (dir == TO_CLIENT)
        p = probe_banner(first, &found);
    else if (first.p[0] == 0)
        p = probe_pgsql(first, &found);
    else
        p = probe_text(first, commands, sizeof commands / sizeof *commands, &found);
    if (p == PROBE_NO && dir == TO_SERVER)
        p = probe_imap(first, &found);
    if (p == PROBE_YES)
        *which = found;
    return p;
}
