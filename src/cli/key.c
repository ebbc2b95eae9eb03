/* key.c - `shopd key`: keys of services, made at the machine itself or through a running server. */
#include "api/bearer.h"
#include "api/problem.h"
#include "api/public_id.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/replay/http_client.h"
#include "cli/shop_open.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 4096, ARENA_MAX = 1 << 24 };

struct key_options {
    const char *scopes;
    const char *url;
    const char *operator_key;
    struct config config;
};

static enum cli_exit wrong(const char *sentence, const char *what)
{
    (void)fprintf(stderr, "shopd key: %s%s\n", sentence, what);
    return CLI_USAGE;
}

/* --- through a running server --- */

static enum cli_exit tell_refusal(const char *url, const struct http_answer *answer)
{
    if (answer->status == 0) {
        (void)fprintf(stderr, "shopd key: no connection to %s: is a shopd running there?\n", url);
        return CLI_FAILED;
    }
    const char *detail = answer->json == NULL ? "" : http_json_text(answer->json, "detail");
    (void)fprintf(stderr, "shopd key: refused: %s: %s\n", answer->code, detail);
    return CLI_REFUSED;
}

static void print_row(const json_t *key)
{
    printf("%s  %-7s  %s ", http_json_text(key, "id"),
           json_is_true(json_object_get(key, "revoked")) ? "revoked" : "counts",
           http_json_text(key, "name"));
    size_t i;
    json_t *scope;
    json_array_foreach(json_object_get(key, "scopes"), i, scope)
    {
        printf(" %s", json_string_value(scope));
    }
    printf("\n");
}

static struct text body_of(const char *name, const char *scopes)
{
    static char bytes[4096];
    json_t *list = json_array();
    struct text rest = text_of(scopes);
    struct text scope;
    while (text_cut(&rest, ',', &scope)) {
        scope = text_trim(scope);
        json_array_append_new(list, json_stringn(scope.data, scope.length));
    }
    json_t *body = json_pack("{s:s, s:o}", "name", name, "scopes", list);
    size_t length = json_dumpb(body, bytes, sizeof(bytes), JSON_COMPACT);
    json_decref(body);
    return length <= sizeof(bytes) ? (struct text){bytes, (uint32_t)length} : TEXT_NONE;
}

static enum cli_exit ask_server(const struct key_options *options, const char *verb,
                                const char *operand)
{
    char path[128];
    struct http_request request = {.method = "GET", .path = "/v1/keys", .as_operator = true};
    if (strcmp(verb, "create") == 0) {
        request.method = "POST";
        request.body = body_of(operand, options->scopes);
    } else if (strcmp(verb, "revoke") == 0) {
        (void)snprintf(path, sizeof(path), "/v1/keys/%s", operand);
        request.method = "DELETE";
        request.path = path;
    }
    http_client_global_start();
    struct http_client *client = http_client_open(options->url, options->operator_key);
    struct http_answer answer = http_client_send(client, &request);
    enum cli_exit code = CLI_DONE;
    if (answer.status == 0 || answer.status >= 400) {
        code = tell_refusal(options->url, &answer);
    } else if (answer.status == 201) {
        printf("%s\n", http_json_text(answer.json, "key"));
    } else if (answer.status == 200) {
        size_t i;
        json_t *key;
        json_array_foreach(json_object_get(answer.json, "items"), i, key)
        {
            print_row(key);
        }
    }
    http_client_close(client);
    http_client_global_stop();
    return code;
}

/* --- in the folder itself --- */

static bool read_scopes(struct text rest, uint32_t *scopes_out)
{
    struct text name;
    *scopes_out = 0;
    while (text_cut(&rest, ',', &name)) {
        uint32_t scope;
        if (!scope_read(text_trim(name), &scope))
            return false;
        *scopes_out |= scope;
    }
    return true;
}

static struct err run(struct open_shop *open, const struct command_ops *ops,
                      struct api_key_command *command, struct arena *arena)
{
    command->command = (struct command){.ops = ops, .by = {OPERATOR_CONSOLE, 0}, .arena = arena};
    return executor_run(open->executor, &command->command);
}

static struct err create_here(struct open_shop *open, struct api_key_command *command,
                              struct arena *arena, const uint8_t secret[HASH_SECRET_SIZE])
{
    char text[BEARER_SIZE];
    bearer_new(secret, BEARER_KEY, text, command->key.digest);
    TRY(run(open, &command_api_key_create, command, arena));
    printf("%s\n", text);
    return OK;
}

static struct err list_here(struct open_shop *open, struct arena *arena,
                            const uint8_t secret[HASH_SECRET_SIZE])
{
    struct api_key_command command = {.number = 0};
    TRY(run(open, &command_api_keys_view, &command, arena));
    for (uint32_t i = 0; i < command.key_count; i++) {
        const struct api_key *key = &command.keys[i];
        char id[PUBLIC_ID_SIZE];
        public_id_write(secret, ID_KEY, i + 1, id);
        printf("%s  %-7s  %s ", id, key->is_revoked ? "revoked" : "counts", key->name);
        for (uint32_t left = key->scopes; left != 0; left &= left - 1) {
            char name[SCOPE_NAME_SIZE];
            scope_write(left & -left, name);
            printf(" %s", name);
        }
        printf("\n");
    }
    return OK;
}

static struct err revoke_here(struct open_shop *open, const char *id, struct arena *arena,
                              const uint8_t secret[HASH_SECRET_SIZE])
{
    uint64_t number;
    if (!public_id_read(secret, ID_KEY, text_of(id), &number))
        return ERR(ERR_API_KEY_UNKNOWN);
    struct api_key_command command = {.number = (uint32_t)number};
    return run(open, &command_api_key_revoke, &command, arena);
}

static enum cli_exit work_here(const struct key_options *options, const char *verb,
                               const char *operand)
{
    struct api_key_command create = {.number = 0};
    struct open_shop open;
    struct arena arena;
    uint8_t secret[HASH_SECRET_SIZE];
    if (strcmp(verb, "create") == 0) {
        if (!read_scopes(text_of(options->scopes), &create.key.scopes))
            return wrong("no such scope: see `shopd key --help`: ", options->scopes);
        memcpy(create.key.name, operand, strlen(operand));
    }
    enum cli_exit code = shop_open(&options->config, SHOP_FOR_WRITING, &open);
    if (code != CLI_DONE)
        return code;
    ensure(sodium_init() >= 0);
    store_secret(open.store, secret);
    arena_init(&arena, ARENA_BLOCK, ARENA_MAX);
    struct err err;
    if (strcmp(verb, "create") == 0)
        err = create_here(&open, &create, &arena, secret);
    else if (strcmp(verb, "revoke") == 0)
        err = revoke_here(&open, operand, &arena, secret);
    else
        err = list_here(&open, &arena, secret);
    arena_release(&arena);
    shop_close(&open);
    if (err.code == ERR_NONE)
        return CLI_DONE;
    const struct problem problem = problem_of(err.code);
    (void)fprintf(stderr, "shopd key: %s\n", problem.title);
    return problem.status >= 500 ? CLI_FAILED : CLI_REFUSED;
}

static enum cli_exit run_key(int argc, char **argv)
{
    struct key_options options = {.operator_key = getenv("SHOPD_OPERATOR_KEY")};
    const struct argument rows[] = {
        {.name = "scopes", .kind = ARGUMENT_TEXT, .target = &options.scopes},
        {.name = "url", .kind = ARGUMENT_TEXT, .target = &options.url},
        {.name = "operator-key", .kind = ARGUMENT_TEXT, .target = &options.operator_key},
    };
    const struct arguments arguments = {
        .command = "key",
        .rows = rows,
        .row_count = countof(rows),
        .operands_min = 1,
        .operands_max = 2,
        .config = &options.config,
    };
    uint32_t count = 0;
    if (!arguments_parse(&arguments, argc, argv, &count))
        return CLI_USAGE;
    const char *verb = argv[0];
    bool is_create = strcmp(verb, "create") == 0;
    bool is_list = strcmp(verb, "list") == 0;
    if (!is_create && !is_list && strcmp(verb, "revoke") != 0)
        return wrong("create, list or revoke, not ", verb);
    if ((count == 2) == is_list)
        return wrong(count == 2  ? "list takes nothing more"
                     : is_create ? "create NAME: how is the service called?"
                                 : "revoke ID: which one? `shopd key list` shows them",
                     "");
    if (is_create && (argv[1][0] == '\0' || strlen(argv[1]) > API_KEY_NAME_MAX))
        return wrong("a name of 1 to 100 bytes, not ", argv[1]);
    if (is_create && options.scopes == NULL)
        return wrong("--scopes says what it may do, as in --scopes orders:read,stock:write", "");
    if (options.url == NULL && !is_list && !arguments_may_write(&arguments))
        return CLI_USAGE;
    const char *operand = count == 2 ? argv[1] : "";
    return options.url != NULL ? ask_server(&options, verb, operand)
                               : work_here(&options, verb, operand);
}

const struct cli_command cli_key = {
    .name = "key",
    .summary = "make, list and revoke the keys of services",
    .help =
        "usage: shopd key create NAME --scopes SCOPE,... [--data DIR]\n"
        "       shopd key list [--data DIR]\n"
        "       shopd key revoke ID [--data DIR]\n"
        "       each with --url URL --operator-key KEY instead of --data: through a running "
        "server\n"
        "\n"
        "A service sends its key as `Authorization: Bearer key_...`. `create` prints it, this "
        "once;\n"
        "only a digest is kept. A scope is an area, and `read` or `write` (which includes read):\n"
        "\n"
        "  catalog stock carts orders customers pricing system admin notify\n"
        "\n"
        "  --scopes SCOPE,...   as in orders:read,stock:write\n"
        "  --data DIR           the data folder (./shop-data), of a server that does not run;\n"
        "                       with read_only = 1 for list only\n"
        "  --url URL            a running server; an admin's key is needed\n"
        "  --operator-key KEY   for --url; or the environment's SHOPD_OPERATOR_KEY\n"
        "\n"
        "examples:\n"
        "  shopd key create ERP --scopes stock:write,orders:read --data /var/lib/shopd\n"
        "  shopd key list --url http://127.0.0.1:8080\n"
        "  shopd key revoke apk_... --url http://127.0.0.1:8080\n",
    .run = run_key,
};
