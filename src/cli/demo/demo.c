/* demo.c - `shopd demo`: what the shop does, told on the terminal and checked. */
#include "cli/arguments.h"
#include "cli/demo/demo_story.h"
#include "cli/replay/http_client.h"

#include <stdio.h>
#include <string.h>

static bool play(struct scratch_server *server, bool is_race)
{
    bool ok = scratch_server_start(server) && (is_race ? demo_race(server) : demo_story(server));
    if (server->pid > 0 && !scratch_server_stop(server)) {
        printf("the server did not end well\n");
        ok = false;
    }
    printf("\nThe auditor recounts the whole event log:\n");
    if (!scratch_server_audit(server))
        ok = false;
    return ok;
}

static enum cli_exit run_demo(int argc, char **argv)
{
    const struct arguments arguments = {.command = "demo", .operands_max = 1};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    bool is_race = operand_count == 1 && strcmp(argv[0], "race") == 0;
    if (operand_count == 1 && !is_race) {
        (void)fprintf(stderr, "shopd demo: there is `demo` and `demo race`\n");
        return CLI_USAGE;
    }
    struct scratch_server server;
    if (!scratch_server_make(&server))
        return CLI_FAILED;
    http_client_global_start();
    bool ok = play(&server, is_race);
    http_client_global_stop();
    scratch_server_remove(&server);
    printf("%s\n", ok ? "demo: everything is as it must be" : "demo: SOMETHING IS WRONG");
    return ok ? CLI_DONE : CLI_REFUSED;
}

const struct cli_command cli_demo = {
    .name = "demo",
    .summary = "a story told on the terminal, every claim checked",
    .help = "usage: shopd demo\n"
            "       shopd demo race\n"
            "\n"
            "Starts a server of its own on a free port with a data folder that is removed "
            "afterwards, and\n"
            "plays on it over HTTP:\n"
            "\n"
            "  demo        a laptop, books, T-shirts; Alice and Bob search, buy, get their "
            "discounts; an\n"
            "              order on its way to the door, another cancelled; what must not work "
            "does not\n"
            "  demo race   200 buyers at once want a thing of which there are 50; in the middle "
            "the server\n"
            "              is killed with kill -9 and started again\n"
            "\n"
            "example:\n"
            "  shopd demo && shopd demo race\n"
            "\n"
            "Both end with the audit. Exit code: 0 everything was as it must be, 1 something was "
            "not.\n",
    .run = run_demo,
};
