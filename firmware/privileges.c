/* Giving up root. */
#include "firmware/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct passwd *find_user(const char *user, struct error *e)
{
    const struct passwd *p = getpwnam(user != NULL ? user : "excise");
    if (p == NULL && user == NULL)
        p = getpwnam("nobody");
    if (p == NULL)
        error_set(e, "user %s: there is no such user; create it or name another",
                  user != NULL ? user : "excise");
    else if (p->pw_uid == 0)
        error_set(e, "user %s: is root; name a user without privileges", p->pw_name);
    return p != NULL && p->pw_uid != 0 ? p : NULL;
}

/* Changing all three ids of a kind leaves none to return to; trying is the proof. */
static int can_return(void)
{
    return setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || geteuid() == 0 || getegid() == 0;
}

int privileges_drop(const char *user, struct error *e)
{
    if (geteuid() != 0)
        return 0;
    const struct passwd *p = find_user(user, e);
    if (p == NULL)
        return -1;
    uid_t uid = p->pw_uid;
    gid_t gid = p->pw_gid;
    if (gid == 0)
        return error_set(e, "user %s: its group is root's; give it one of its own", p->pw_name);
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
        return error_set(e, "user %s: can't change to it: %s", p->pw_name, strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(e, "no_new_privs: %s", strerror(errno));
    if (can_return())
        return error_set(e, "user %s: root could be regained after changing to it", p->pw_name);
    return 0;
}

int privileges_give(const char *user, const char *path, struct error *e)
{
    if (geteuid() != 0)
        return 0;
    const struct passwd *p = find_user(user, e);
    if (p == NULL)
        return -1;
    if (lchown(path, p->pw_uid, p->pw_gid) != 0)
        return error_set(e, "%s: can't hand it over to user %s: %s", path, p->pw_name,
                         strerror(errno));
    return 0;
}
