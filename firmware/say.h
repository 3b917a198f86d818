#ifndef FIRMWARE_SAY_H
#define FIRMWARE_SAY_H

/* A line for people, on stderr: "excised: error: ..."; level "" for plain news. */
void say(const char *level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
