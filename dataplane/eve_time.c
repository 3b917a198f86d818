/* Times in events. */
#include "eve_parts.h"

#include <time.h>

static void two_digits(char *p, uint32_t v)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
}

/* The text of a day is kept: nearly all events share theirs with the one before. */
static void new_day(struct stamp *s, int64_t day)
{
    int64_t seconds = day * 86400;
    struct tm t;
    char wide[32];
    if (gmtime_r(&seconds, &t) == NULL || strftime(wide, sizeof wide, "%Y-%m-%dT", &t) != 11)
        memcpy(wide, "1970-01-01T", 11);
    memcpy(s->date, wide, 11);
    s->day = day;
}

void eve_time(struct json *j, struct stamp *s, uint64_t ts_ns)
{
    uint64_t second = ts_ns / 1000000000;
    uint32_t us = (uint32_t)(ts_ns % 1000000000) / 1000, of_day = (uint32_t)(second % 86400);
    if ((int64_t)(second / 86400) != s->day)
        new_day(s, (int64_t)(second / 86400));
    char text[31];
    memcpy(text, s->date, 11);
    memcpy(text + 11, "00:00:00.000000+0000", 20);
    two_digits(text + 11, of_day / 3600);
    two_digits(text + 14, of_day / 60 % 60);
    two_digits(text + 17, of_day % 60);
    two_digits(text + 20, us / 10000);
    two_digits(text + 22, us / 100 % 100);
    two_digits(text + 24, us % 100);
    js_raw(j, text, sizeof text);
}
