/* Words for people at start-up and in trouble; the packet path has none. */
#include "firmware/say.h"

#include <stdarg.h>
#include <stdio.h>

void say(const char *level, const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    fprintf(stderr, "excised: %s%s%s\n", level, level[0] != '\0' ? ": " : "", line);
}
