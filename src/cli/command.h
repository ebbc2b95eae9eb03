/*
 * command.h - the sub-commands of shopd: commands.def lists them, one line each. CLI_COMMAND(name,
 * summary) declares `int cli_<name>(int argc, char **argv)`, defined in <name>.c. argv[0] is the
 * name of the sub-command, argv[argc] is NULL; it returns what shopd exits with.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#define CLI_COMMAND(name, summary) int cli_##name(int argc, char **argv);
#include "cli/commands.def"
#undef CLI_COMMAND

#endif
