/*
 * config.h - the settings of shopd and where they come from.
 *
 * Four sources, the stronger wins: built-in default < file (`name = value` lines, # comments) <
 * environment SHOPD_<NAME> < command line --name VALUE. The sources may be read in any order: every
 * setting remembers where its value came from and a weaker source leaves it alone. settings.def is
 * the one table; a new setting is a new line there.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/buffer.h"
#include "base/check.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONFIG_TEXT_SIZE = 1024, CONFIG_HOST_SIZE = 256 };

struct config_listen {
    char host[CONFIG_HOST_SIZE]; /* an address, without the brackets of IPv6 */
    uint16_t port;
};

/* What a setting of each type is in struct config. */
#define CONFIG_FIELD_TEXT(name)     char name[CONFIG_TEXT_SIZE];
#define CONFIG_FIELD_NETWORKS(name) char name[CONFIG_TEXT_SIZE]; /* networks_read() takes it */
#define CONFIG_FIELD_ORIGINS(name)  char name[CONFIG_TEXT_SIZE]; /* words, each an origin or * */
#define CONFIG_FIELD_SECRET(name)   char name[CONFIG_TEXT_SIZE]; /* never shown, never a flag */
#define CONFIG_FIELD_NUMBER(name)   uint32_t name;
#define CONFIG_FIELD_LEVEL(name)    uint32_t name; /* enum log_level */
#define CONFIG_FIELD_CURRENCY(name) char name[4];
#define CONFIG_FIELD_LISTEN(name)   struct config_listen name;

enum config_source {
    CONFIG_DEFAULT = 0,
    CONFIG_FILE,
    CONFIG_ENVIRONMENT,
    CONFIG_FLAG,
};

enum config_index {
#define SETTING(type, name, ...) CONFIG_INDEX_##name,
#include "config/settings.def"
#undef SETTING
    CONFIG_COUNT
};

struct config {
#define SETTING(type, name, ...) CONFIG_FIELD_##type(name)
#include "config/settings.def"
#undef SETTING
    enum config_source sources[CONFIG_COUNT];
};

/* Why a source was refused: a sentence for the person who wrote it. */
struct config_problem {
    char text[512];
};

void config_init(struct config *config);
/* Name and value as written; dashes in the name count as underscores. A value that is refused, or
 * weaker than the one there is, changes nothing. False: *problem_out says why. */
bool config_set(struct config *config, enum config_source source, struct text name,
                struct text value, struct config_problem *problem_out) MUST_USE;
bool config_read_file(struct config *config, const char *path,
                      struct config_problem *problem_out) MUST_USE;
/* Variables that name no setting are none of ours. */
bool config_read_environment(struct config *config, struct config_problem *problem_out) MUST_USE;
/* Is there a setting of this name? Dashes count as underscores. */
bool config_has(struct text name) MUST_USE;

/* Takes over what may change while the server runs. True when `fresh` also differs in a setting
 * that needs a restart. */
bool config_reload(struct config *config, const struct config *fresh) MUST_USE;

/* The settings in force as a file that config_read_file() takes; secrets are left out. */
void config_print(const struct config *config, struct buffer *out);
/* docs/config.md. */
void config_write_markdown(struct buffer *out);

#endif
