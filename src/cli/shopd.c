/* shopd.c - main(): finds the sub-command and runs it. */
#include "cli/command.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_BAD_USAGE = 2 };

static const struct {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
#define CLI_COMMAND(name, summary) {#name, summary, cli_##name},
#include "cli/commands.def"
#undef CLI_COMMAND
    {NULL, NULL, NULL},
};

static void print_overview(FILE *out)
{
    (void)fputs("shopd - an online-shopping server\n"
                "\n"
                "usage: shopd COMMAND [ARGUMENTS]\n"
                "\n",
                out);
    for (size_t i = 0; commands[i].name != NULL; i++)
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)fputs("\n"
                "`shopd COMMAND --help` explains a command, with examples.\n"
                "Exit codes: 0 done, 1 refused or found something, 2 usage, 3 could not.\n",
                out);
}

int main(int argc, char **argv)
{
    const char *word = argc < 2 ? "" : argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "help") == 0) {
        print_overview(stdout);
        return EXIT_OK;
    }
    if (strcmp(word, "--version") == 0) {
        (void)puts("shopd " SHOPD_VERSION);
        return EXIT_OK;
    }
    for (size_t i = 0; commands[i].name != NULL; i++) {
        if (strcmp(word, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    if (argc < 2)
        print_overview(stderr);
    else
        (void)fprintf(stderr, "shopd: no command '%s'; `shopd --help` lists them\n", word);
    return EXIT_BAD_USAGE;
}
