/* config.c - `shopd config`: the settings in force, as a file that can be given back. */
#include "config/config.h"

#include "cli/arguments.h"
#include "cli/command.h"

#include <stdio.h>

static enum cli_exit print(struct buffer *out)
{
    bool is_written = fwrite(out->data, 1, out->length, stdout) == out->length;
    buffer_release(out);
    return is_written && fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit config_run(int argc, char **argv)
{
    struct config config;
    bool wants_markdown = false;
    const struct argument rows[] = {
        {.name = "markdown", .kind = ARGUMENT_FLAG, .target = &wants_markdown}};
    const struct arguments arguments = {
        .command = "config", .rows = rows, .row_count = countof(rows), .config = &config};
    uint32_t operand_count;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    struct buffer out;
    buffer_init(&out, 8192);
    if (wants_markdown)
        config_write_markdown(&out);
    else
        config_print(&config, &out);
    return print(&out);
}

const struct cli_command cli_config = {
    .name = "config",
    .summary = "print the settings in force and where each came from",
    .help =
        "usage: shopd config [--config FILE] [--SETTING VALUE]... [--markdown]\n"
        "\n"
        "Prints every setting with its help, allowed values, default, value and source. A value\n"
        "comes from, the later the stronger: its default, the file named by --config, the\n"
        "environment variable SHOPD_<NAME>, the command line. What is printed is a\n"
        "configuration file itself. Secrets are not shown.\n"
        "\n"
        "  --config FILE     read this file\n"
        "  --SETTING VALUE   any setting, with dashes: --fold-slice-ms 1000\n"
        "  --markdown        print the table of all settings (docs/config.md) instead\n"
        "\n"
        "examples:\n"
        "  shopd config > shopd.conf                  a file to edit; then:\n"
        "  shopd serve --config shopd.conf\n"
        "  SHOPD_LINGER_US=500 shopd config | grep linger\n",
    .run = config_run,
};
