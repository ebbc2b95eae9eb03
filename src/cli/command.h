/*
 * command.h - the sub-commands of shopd. commands.def lists them, one line each: CLI_COMMAND(name)
 * declares `const struct cli_command cli_<name>`, defined in <name>.c.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

/* What shopd exits with, in every sub-command. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1, /* the shop said no, or a check found something */
    CLI_USAGE = 2,   /* the command line or a setting is wrong */
    CLI_FAILED = 3,  /* could not: disk, network, another process */
};

struct cli_command {
    const char *name;
    const char *summary; /* one line, for `shopd --help` */
    const char *help;    /* the page of `shopd NAME --help`: usage, what it does, examples */
    /* Arguments behind the name; argv[argc] is NULL. */
    enum cli_exit (*run)(int argc, char **argv);
};

#define CLI_COMMAND(name) extern const struct cli_command cli_##name;
#include "cli/commands.def"
#undef CLI_COMMAND

#endif
