/* shopd.c - main(): finds the sub-command and runs it. */
#include "base/check.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command *const commands[] = {
#define CLI_COMMAND(name) &cli_##name,
#include "cli/commands.def"
#undef CLI_COMMAND
    NULL,
};

static void print_overview(FILE *out)
{
    (void)fputs("shopd - an online-shopping server\n"
                "\n"
                "usage: shopd COMMAND [ARGUMENTS]\n"
                "\n",
                out);
    for (size_t i = 0; commands[i] != NULL; i++)
        (void)fprintf(out, "  %-13s  %s\n", commands[i]->name, commands[i]->summary);
    (void)fputs("\n"
                "`shopd COMMAND --help` explains a command, with examples.\n"
                "Exit codes: 0 done, 1 refused or found something, 2 usage, 3 could not.\n",
                out);
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static enum cli_exit run_command(const struct cli_command *command, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (is_one_of(argv[i], "--help", "-h")) {
            (void)fputs(command->help, stdout);
            return CLI_DONE;
        }
    }
    return command->run(argc, argv);
}

/* What the program is built for (meson.build); without it, it would end with "illegal instruction"
 * somewhere. */
static bool processor_suffices(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("sse4.2");
#else
    return true;
#endif
}

int main(int argc, char **argv)
{
    if (!processor_suffices()) {
        (void)fputs("shopd: this processor lacks POPCNT and SSE4.2 (x86-64-v2), which every x86 "
                    "server has had "
                    "since 2009; in a virtual machine, choose a newer processor model\n",
                    stderr);
        return CLI_FAILED;
    }
    if (argc < 2) {
        print_overview(stderr);
        return CLI_USAGE;
    }
    if (is_one_of(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        return CLI_DONE;
    }
    if (is_one_of(argv[1], "--version", "version")) {
        (void)puts("shopd " SHOPD_VERSION);
        return CLI_DONE;
    }
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0)
            return (int)run_command(commands[i], argc - 2, argv + 2);
    }
    (void)fprintf(stderr, "shopd: no command '%s'; `shopd --help` lists them\n", argv[1]);
    return CLI_USAGE;
}
