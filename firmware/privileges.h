#ifndef FIRMWARE_PRIVILEGES_H
#define FIRMWARE_PRIVILEGES_H
#include "base/error.h"

/* Gives up root for good, once ports are open: groups, user and group ids, and every way back
 * (no_new_privs). `user` NULL: "excise" if there is such a user, else "nobody". Does nothing, and
 * returns 0, when the process is not root. Files and folders that the process is still to write to
 * must have been handed over before: privileges_give(). */
int privileges_drop(const char *user, struct error *e);

/* Makes the file or folder belong to the user that privileges_drop() will change to. */
int privileges_give(const char *user, const char *path, struct error *e);

#endif
