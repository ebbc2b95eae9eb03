#include "lib/postgres_server.h"

#include "base/check.h"
#include "base/clock.h"
#include "lib/temp_folder.h"
#include "store/postgres/migrations.h"

#include <fcntl.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 256, START_TRIES = 300, CALL_MS = 10000 };
#define TRY_PAUSE_NS UINT64_C(20000000)

static struct {
    pid_t pid;
    char folder[TEMP_FOLDER_SIZE];
    char url[PATH_SIZE];
} server;

/* The newest version's; false when there is none. */
static bool find_binary(const char *name, char path_out[PATH_SIZE])
{
    glob_t found;
    char pattern[PATH_SIZE];
    (void)snprintf(pattern, sizeof pattern, "/usr/lib/postgresql/*/bin/%s", name);
    bool is_there = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc > 0;
    if (is_there)
        (void)snprintf(path_out, PATH_SIZE, "%s", found.gl_pathv[found.gl_pathc - 1]);
    globfree(&found);
    return is_there;
}

bool postgres_server_is_installed(void)
{
    char path[PATH_SIZE];
    return find_binary("postgres", path) && (getuid() != 0 || getpwnam("postgres") != NULL);
}

/* PostgreSQL refuses to be root's. */
static void become_postgres(void)
{
    const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    if (user != NULL && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
}

static pid_t run(const char *name, char *const *arguments)
{
    char path[PATH_SIZE];
    ensure(find_binary(name, path));
    pid_t pid = fork();
    ensure(pid >= 0);
    if (pid > 0)
        return pid;
    become_postgres();
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT);
    int nowhere = open("/dev/null", O_RDWR);
    (void)dup2(nowhere, STDIN_FILENO);
    (void)dup2(nowhere, STDOUT_FILENO);
    (void)dup2(nowhere, STDERR_FILENO);
    (void)execv(path, arguments);
    _exit(127);
}

static void stop(void)
{
    (void)kill(server.pid, SIGQUIT);
    (void)waitpid(server.pid, NULL, 0);
    temp_folder_remove(server.folder);
}

static void make_data(const char *data)
{
    int status = 0;
    char data_argument[PATH_SIZE];
    char *const arguments[] = {(char[]){"initdb"},     (char[]){"-D"},        data_argument,
                               (char[]){"-A"},         (char[]){"trust"},     (char[]){"-U"},
                               (char[]){"postgres"},   (char[]){"-E"},        (char[]){"UTF8"},
                               (char[]){"--locale=C"}, (char[]){"--no-sync"}, NULL};
    (void)snprintf(data_argument, sizeof data_argument, "%s", data);
    ensure(waitpid(run("initdb", arguments), &status, 0) > 0);
    ensure(status == 0);
}

static void start(void)
{
    char data[PATH_SIZE];
    char socket[PATH_SIZE];
    struct shared_schema schema;
    if (access("/dev/shm", W_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 0);
    temp_folder_make(server.folder);
    const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
    ensure(user == NULL || chown(server.folder, user->pw_uid, user->pw_gid) == 0);
    (void)snprintf(data, sizeof data, "%s/data", server.folder);
    (void)snprintf(socket, sizeof socket, "unix_socket_directories=%s", server.folder);
    (void)snprintf(server.url, sizeof server.url, "host=%s user=postgres dbname=postgres",
                   server.folder);
    make_data(data);
    char *const arguments[] = {(char[]){"postgres"},
                               (char[]){"-D"},
                               data,
                               (char[]){"-c"},
                               socket,
                               (char[]){"-c"},
                               (char[]){"listen_addresses="},
                               (char[]){"-c"},
                               (char[]){"fsync=off"},
                               (char[]){"-c"},
                               (char[]){"shared_buffers=16MB"},
                               NULL};
    server.pid = run("postgres", arguments);
    (void)atexit(stop);
    bool is_up = false;
    for (int i = 0; i < START_TRIES && !is_up; i++) {
        is_up = PQping(server.url) == PQPING_OK;
        if (!is_up)
            clock_sleep_ns(TRY_PAUSE_NS);
    }
    ensure(is_up);
    ensure(migrations_run(server.url, false, CALL_MS, &schema).code == ERR_NONE);
}

const char *postgres_server_url(void)
{
    if (server.pid == 0)
        start();
    return server.url;
}
