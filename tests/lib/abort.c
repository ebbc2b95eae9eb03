#include "lib/abort.h"

#include "base/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

bool abort_child_begin(void)
{
    (void)fflush(NULL);
    pid_t child = fork();
    ensure(child >= 0);
    if (child > 0)
        return false;
    (void)signal(SIGABRT, SIG_DFL); /* the test runner may catch it */
    struct rlimit no_core = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &no_core);
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
    return true;
}

void abort_child_end(void)
{
    _exit(0);
}

bool abort_child_aborted(void)
{
    int status = 0;
    ensure(wait(&status) > 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
