#include "app/http1.h"
struct app_result http1_feed(struct http1 *h, enum dir dir, struct span bytes, struct app_out *out)
{
    (void)h; (void)dir; (void)out;
    return (struct app_result){ APP_MORE, bytes.n };
}
void http1_gap(struct http1 *h, enum dir dir, uint64_t n, struct app_out *out) { (void)h; (void)dir; (void)n; (void)out; }
uint64_t http1_skippable(const struct http1 *h, enum dir dir) { (void)h; (void)dir; return 0; }
void http1_skip(struct http1 *h, enum dir dir, uint64_t n, struct app_out *out) { (void)h; (void)dir; (void)n; (void)out; }
void http1_end(struct http1 *h, enum dir dir, struct app_out *out) { (void)h; (void)dir; (void)out; }
void http1_close(struct http1 *h, struct app_out *out) { (void)out; *h = (struct http1){ 0 }; }
enum app_probe http1_probe(enum dir dir, struct span first_bytes) { (void)dir; (void)first_bytes; return PROBE_NO; }
