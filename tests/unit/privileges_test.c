/* Giving up root, in a child, for there is no way back. */
#include "firmware/privileges.h"
#include "test.h"

#include <sys/wait.h>
#include <unistd.h>

static int in_child(int (*claim)(void))
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(claim());
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

static int drop_is_for_good(void)
{
    struct error e;
    if (privileges_drop("nobody", &e) != 0)
        return 1;
    return geteuid() == 0 || getegid() == 0 || setuid(0) == 0 || seteuid(0) == 0 ||
           getgroups(0, NULL) != 0;
}

static void root_is_given_up_for_good(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    CHECK(in_child(drop_is_for_good) == 0);
}

static void a_user_that_is_no_help_is_refused(void **state)
{
    (void)state;
    struct error e;
    if (geteuid() != 0)
        skip();
    CHECK(privileges_drop("no-such-user", &e) == -1 && strstr(e.text, "no-such-user") != NULL);
    CHECK(privileges_drop("root", &e) == -1 && strstr(e.text, "root") != NULL);
    CHECK(geteuid() == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_is_given_up_for_good),
        cmocka_unit_test(a_user_that_is_no_help_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
