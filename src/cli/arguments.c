#include "cli/arguments.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool refuse(const struct arguments *arguments, const char *what, const char *which)
{
    (void)fprintf(stderr, "shopd %s: %s%s; `shopd %s --help` says more\n", arguments->command, what,
                  which, arguments->command);
    return false;
}

static const struct argument *find_row(const struct arguments *arguments, struct text name)
{
    for (uint32_t i = 0; i < arguments->row_count; i++) {
        if (text_equal(name, text_of(arguments->rows[i].name)))
            return &arguments->rows[i];
    }
    return NULL;
}

static bool store_value(const struct argument *row, const char *value)
{
    uint32_t number = 0;
    switch (row->kind) {
    case ARGUMENT_FLAG:
        *(bool *)row->target = true;
        return true;
    case ARGUMENT_TEXT:
        *(const char **)row->target = value;
        return true;
    case ARGUMENT_U32:
        if (!text_to_u32(text_of(value), &number) || number < row->min || number > row->max)
            return false;
        *(uint32_t *)row->target = number;
        return true;
    }
    return false;
}

/* `--config FILE`, or a setting as an option. */
static bool take_setting(const struct arguments *arguments, struct text name, const char *value)
{
    struct config_problem problem = {""};
    bool is_file = text_equal(name, TEXT("config"));
    if (is_file ? config_read_file(arguments->config, value, &problem)
                : config_set(arguments->config, CONFIG_FLAG, name, text_of(value), &problem))
        return true;
    return refuse(arguments, problem.text, "");
}

/* Takes argv[*i] and, where it needs one, the value behind it. */
static bool take_option(const struct arguments *arguments, int argc, char **argv, int *i)
{
    const char *option = argv[*i];
    const char *equals = strchr(option, '=');
    struct text name = text_of(option + 2);
    if (equals)
        name.length = (uint32_t)(equals - option) - 2;
    const struct argument *row = find_row(arguments, name);
    bool is_setting =
        !row && arguments->config != NULL && (text_equal(name, TEXT("config")) || config_has(name));
    if (!row && !is_setting)
        return refuse(arguments, "there is no option ", option);
    const char *value = equals ? equals + 1 : NULL;
    bool wants_value = !row || row->kind != ARGUMENT_FLAG;
    if (!wants_value && value)
        return refuse(arguments, "no value is wanted in ", option);
    if (wants_value && !value) {
        if (*i + 1 >= argc)
            return refuse(arguments, "a value is missing behind ", option);
        value = argv[++*i];
    }
    if (is_setting)
        return take_setting(arguments, name, value);
    if (!store_value(row, value))
        return refuse(arguments, "not a number in the allowed range: ", option);
    return true;
}

bool arguments_parse(const struct arguments *arguments, int argc, char **argv,
                     uint32_t *operand_count_out)
{
    uint32_t operand_count = 0;
    bool only_operands = false;
    *operand_count_out = 0;
    if (arguments->config != NULL)
        config_init(arguments->config);
    for (int i = 0; i < argc; i++) {
        bool is_option = !only_operands && argv[i][0] == '-' && argv[i][1] != '\0';
        if (!is_option) {
            argv[operand_count++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (argv[i][1] != '-') {
            return refuse(arguments, "there is no option ", argv[i]);
        } else if (!take_option(arguments, argc, argv, &i)) {
            return false;
        }
    }
    if (operand_count < arguments->operands_min)
        return refuse(arguments, "something is missing", "");
    if (operand_count > arguments->operands_max)
        return refuse(arguments, "one too many: ", argv[arguments->operands_max]);
    *operand_count_out = operand_count;
    struct config_problem problem = {""};
    if (arguments->config != NULL && !config_read_environment(arguments->config, &problem))
        return refuse(arguments, problem.text, "");
    return true;
}

bool arguments_may_write(const struct arguments *arguments)
{
    if (arguments->config->read_only == 0)
        return true;
    (void)fprintf(stderr,
                  "shopd %s: read_only = 1: it only reads, and nothing was done; use the settings "
                  "of a shopd that writes, or SHOPD_READ_ONLY=0 (--read-only 0)\n",
                  arguments->command);
    return false;
}
