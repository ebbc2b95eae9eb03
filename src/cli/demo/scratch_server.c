#include "cli/demo/scratch_server.h"

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_READ_MAX = 65536, START_SECONDS_MAX = 60, DEPTH_MAX = 8 };
#define POLL_NS   UINT64_C(2000000)
#define SECOND_NS UINT64_C(1000000000)

extern char **environ;

bool scratch_server_make(struct scratch_server *server)
{
    const char *parent = getenv("TMPDIR");
    uint8_t secret[(SCRATCH_KEY_SIZE - 1) / 2];
    *server = (struct scratch_server){.port = 0};
    (void)snprintf(server->folder, sizeof(server->folder), "%s/shopd-demo-XXXXXX",
                   parent ? parent : "/tmp");
    if (!mkdtemp(server->folder)) {
        perror(server->folder);
        return false;
    }
    (void)snprintf(server->data, sizeof(server->data), "%s/data", server->folder);
    (void)snprintf(server->log, sizeof(server->log), "%s/server.log", server->folder);
    random_secret(secret, sizeof(secret));
    for (size_t i = 0; i < sizeof(secret); i++)
        (void)snprintf(server->operator_key + 2 * i, 3, "%02x", secret[i]);
    return setenv("SHOPD_OPERATOR_KEY", server->operator_key, 1) == 0;
}

/* Runs this program with other arguments; 0 when it cannot. */
static pid_t spawn(const char *const *arguments, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    char *argv[8] = {NULL};
    size_t count = 0;
    while (arguments[count])
        count++;
    ensure(count < countof(argv));
    memcpy(argv, arguments, count * sizeof(*argv)); /* posix_spawn() does not write to them */
    (void)posix_spawn_file_actions_init(&actions);
    if (log) {
        (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log,
                                               O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
        (void)posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    }
    int failed = posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        (void)fprintf(stderr, "cannot start a server: %s\n", strerror(failed));
    return failed == 0 ? pid : 0;
}

/* The port in "... is ready at http://127.0.0.1:PORT", or 0: not yet. */
static uint16_t read_port(const char *log)
{
    static char bytes[LOG_READ_MAX];
    static const char sign[] = "is ready at http://127.0.0.1:";
    FILE *file = fopen(log, "re");
    if (!file)
        return 0;
    size_t length = fread(bytes, 1, sizeof(bytes) - 1, file);
    (void)fclose(file);
    bytes[length] = '\0';
    const char *found = strstr(bytes, sign);
    if (!found || !strchr(found, '\n'))
        return 0;
    return (uint16_t)strtoul(found + sizeof(sign) - 1, NULL, 10);
}

bool scratch_server_start(struct scratch_server *server)
{
    char listen[32];
    int status = 0;
    (void)snprintf(listen, sizeof(listen), "127.0.0.1:%u", server->port);
    const char *const arguments[] = {"shopd",    "serve", "--data", server->data,
                                     "--listen", listen,  NULL};
    uint64_t start_ns = clock_monotonic_ns();
    (void)unlink(server->log);
    server->pid = spawn(arguments, server->log);
    while (server->pid > 0 && clock_monotonic_ns() - start_ns < START_SECONDS_MAX * SECOND_NS) {
        uint16_t port = read_port(server->log);
        if (port > 0) {
            server->port = port;
            (void)snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u", port);
            return true;
        }
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            server->pid = 0;
            break;
        }
        clock_sleep_ns(POLL_NS);
    }
    (void)fprintf(stderr, "the server did not start; see %s\n", server->log);
    return false;
}

/* Its exit status as waitpid() gives it. */
static int end(struct scratch_server *server, int signal_number)
{
    int status = 0;
    if (server->pid <= 0)
        return 0;
    (void)kill(server->pid, signal_number);
    while (waitpid(server->pid, &status, 0) < 0 && errno == EINTR)
        ;
    server->pid = 0;
    return status;
}

void scratch_server_kill(struct scratch_server *server)
{
    (void)end(server, SIGKILL);
}

bool scratch_server_stop(struct scratch_server *server)
{
    int status = end(server, SIGTERM);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool scratch_server_audit(const struct scratch_server *server)
{
    const char *const arguments[] = {"shopd", "audit", "--data", server->data, NULL};
    int status = 0;
    ensure(server->pid == 0);
    (void)fflush(stdout);
    pid_t pid = spawn(arguments, NULL);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void scratch_server_remove(struct scratch_server *server)
{
    scratch_server_kill(server);
    (void)nftw(server->folder, remove_entry, DEPTH_MAX, FTW_DEPTH | FTW_PHYS);
}
