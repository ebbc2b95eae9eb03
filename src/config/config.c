#include "config/config.h"

#include "config/setting_type.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONFIG_NAME_MAX = 64,
    CONFIG_LINE_SIZE = 2048,
    START = 0, /* the words of settings.def */
    LIVE = 1,
};

struct setting {
    const char *name;
    enum setting_type_index type;
    bool is_live;
    size_t offset; /* of the field in struct config */
    size_t size;
    const char *default_value;
    struct setting_range range;
    const char *help;
};

/* clang-format off */
static const struct setting settings[CONFIG_COUNT] = {
#define SETTING(type_, name_, default_, lowest_, highest_, reloadable_, help_)                     \
    {.name = #name_,                                                                               \
     .type = SETTING_TYPE_##type_,                                                                 \
     .is_live = (reloadable_) == LIVE,                                                             \
     .offset = offsetof(struct config, name_),                                                     \
     .size = sizeof(((struct config *)NULL)->name_),                                               \
     .default_value = (default_),                                                                    \
     .range = {lowest_, highest_},                                                                 \
     .help = (help_)},
#include "config/settings.def"
#undef SETTING
};
/* clang-format on */

static const struct setting_type *type_of(const struct setting *setting)
{
    return &setting_types[setting->type];
}

static bool is_secret(const struct setting *setting)
{
    return type_of(setting)->print == NULL;
}

static void *field_of(struct config *config, const struct setting *setting)
{
    return (char *)config + setting->offset;
}

static const void *value_of(const struct config *config, const struct setting *setting)
{
    return (const char *)config + setting->offset;
}

/* NULL when there is none of this name. */
static const struct setting *setting_find(struct text name)
{
    char underscored[CONFIG_NAME_MAX];
    if (name.length > sizeof(underscored))
        return NULL;
    for (uint32_t i = 0; i < name.length; i++) {
        char c = name.data[i];
        if (c == '-')
            c = '_';
        underscored[i] = c;
    }
    struct text wanted = {underscored, name.length};
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        if (text_equal(text_of(settings[i].name), wanted))
            return &settings[i];
    }
    return NULL;
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct config_problem *problem,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem->text, sizeof(problem->text), format, arguments);
    va_end(arguments);
    return false;
}

static bool refuse_value(const struct setting *setting, struct text value,
                         struct config_problem *problem)
{
    struct buffer allowed;
    buffer_init(&allowed, 64);
    type_of(setting)->describe(setting->range, &allowed);
    (void)refuse(problem, "%s cannot be '%.*s': %.*s", setting->name,
                 is_secret(setting) ? 3 : (int)value.length,
                 is_secret(setting) ? "***" : value.data, TEXT_ARGS(buffer_text(&allowed)));
    buffer_release(&allowed);
    return false;
}

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        struct text value = text_of(settings[i].default_value);
        ensure(
            type_of(&settings[i])->parse(value, settings[i].range, field_of(config, &settings[i])));
    }
}

bool config_set(struct config *config, enum config_source source, struct text name,
                struct text value, struct config_problem *problem_out)
{
    const struct setting *setting = setting_find(name);
    if (setting == NULL)
        return refuse(problem_out, "there is no setting '%.*s'", TEXT_ARGS(name));
    if (is_secret(setting) && source == CONFIG_FLAG)
        return refuse(problem_out,
                      "%s cannot be given on the command line, where everybody can see it",
                      setting->name);
    enum config_source *present = &config->sources[setting - settings];
    union {
        char text[CONFIG_TEXT_SIZE];
        uint32_t number;
        struct config_listen listen;
    } checked;
    memset(&checked, 0, sizeof(checked));
    ensure(setting->size <= sizeof(checked));
    if (!type_of(setting)->parse(value, setting->range, &checked))
        return refuse_value(setting, value, problem_out);
    if (source < *present)
        return true;
    memcpy(field_of(config, setting), &checked, setting->size);
    *present = source;
    return true;
}

/* One line of a file: empty, a comment, or `name = value`. */
static bool read_line(struct config *config, struct text line, struct config_problem *problem)
{
    line = text_trim(line);
    if (line.length == 0 || line.data[0] == '#')
        return true;
    struct text value = line;
    struct text name;
    bool has_name = text_cut(&value, '=', &name);
    if (!has_name || value.data == NULL)
        return refuse(problem, "no '=' in this line: settings are written `name = value`");
    return config_set(config, CONFIG_FILE, text_trim(name), text_trim(value), problem);
}

bool config_read_file(struct config *config, const char *path, struct config_problem *problem_out)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return refuse(problem_out, "%s: %s", path, strerror(errno));
    char line[CONFIG_LINE_SIZE];
    bool is_good = true;
    for (uint32_t number = 1; is_good && fgets(line, sizeof(line), file) != NULL; number++) {
        struct config_problem problem = {"the line is too long"};
        struct text text = text_of(line);
        bool is_whole = text.length + 1 < sizeof(line) || line[text.length - 1] == '\n';
        is_good = is_whole && read_line(config, text, &problem);
        if (!is_good)
            (void)refuse(problem_out, "%s:%u: %s", path, number, problem.text);
    }
    if (is_good && ferror(file))
        is_good = refuse(problem_out, "%s: %s", path, strerror(errno));
    (void)fclose(file);
    return is_good;
}

/* SHOPD_FOLD_SLICE_MS */
static void write_variable_name(const struct setting *setting, char name_out[CONFIG_NAME_MAX])
{
    int length = snprintf(name_out, CONFIG_NAME_MAX, "SHOPD_%s", setting->name);
    ensure(length > 0 && length < CONFIG_NAME_MAX);
    for (char *c = name_out; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
}

bool config_read_environment(struct config *config, struct config_problem *problem_out)
{
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        char name[CONFIG_NAME_MAX];
        write_variable_name(&settings[i], name);
        const char *value = getenv(name);
        struct config_problem problem = {""};
        if (value != NULL && !config_set(config, CONFIG_ENVIRONMENT, text_of(settings[i].name),
                                         text_of(value), &problem))
            return refuse(problem_out, "environment variable %s: %s", name, problem.text);
    }
    return true;
}

bool config_has(struct text name)
{
    return setting_find(name) != NULL;
}

bool config_reload(struct config *config, const struct config *fresh)
{
    bool needs_restart = false;
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        void *field = field_of(config, &settings[i]);
        const void *value = value_of(fresh, &settings[i]);
        if (settings[i].is_live) {
            memcpy(field, value, settings[i].size);
            config->sources[i] = fresh->sources[i];
        } else if (memcmp(field, value, settings[i].size) != 0) {
            needs_restart = true;
        }
    }
    return needs_restart;
}

void config_print(const struct config *config, struct buffer *out)
{
    static const char *const source_names[] = {"the default", "the file", "the environment",
                                               "the command line"};
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        const struct setting *setting = &settings[i];
        buffer_printf(out, "# %s\n", setting->help);
        buffer_append_text(out, TEXT("# allowed: "));
        type_of(setting)->describe(setting->range, out);
        buffer_printf(out, "; default: %s; this value: from %s\n",
                      setting->default_value[0] == '\0' ? "empty" : setting->default_value,
                      source_names[config->sources[i]]);
        if (is_secret(setting)) {
            bool is_empty = *(const char *)value_of(config, setting) == '\0';
            buffer_printf(out, "# %s = %s\n\n", setting->name, is_empty ? "" : "(secret)");
            continue;
        }
        buffer_printf(out, "%s = ", setting->name);
        type_of(setting)->print(value_of(config, setting), out);
        buffer_append_text(out, TEXT("\n\n"));
    }
}

static const char markdown_intro[] =
    "# Settings\n"
    "\n"
    "Generated by `shopd config --markdown` from src/config/settings.def; do not edit.\n"
    "\n"
    "A setting comes from, the later the stronger: its default, the file named by `--config FILE`\n"
    "(lines `name = value`, `#` begins a comment line), the environment (`SHOPD_` and the name in\n"
    "capitals: `SHOPD_FOLD_SLICE_MS=1000`), the command line (`--fold-slice-ms 1000`). Secrets "
    "are\n"
    "not taken from the command line. `shopd config` prints what is in force and where it came "
    "from.\n"
    "\n"
    "`live` settings are taken over on SIGHUP from the same sources; the others need a restart.\n"
    "\n"
    "| setting | default | allowed | takes effect | what it does |\n"
    "|---|---|---|---|---|\n";

void config_write_markdown(struct buffer *out)
{
    buffer_append_text(out, TEXT(markdown_intro));
    for (uint32_t i = 0; i < CONFIG_COUNT; i++) {
        const struct setting *setting = &settings[i];
        bool has_default = setting->default_value[0] != '\0';
        buffer_printf(out, "| `%s` | %s%s%s | ", setting->name, has_default ? "`" : "",
                      has_default ? setting->default_value : "empty", has_default ? "`" : "");
        type_of(setting)->describe(setting->range, out);
        buffer_printf(out, " | %s | %s |\n", setting->is_live ? "live" : "at start", setting->help);
    }
}
