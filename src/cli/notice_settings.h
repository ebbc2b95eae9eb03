/* notice_settings.h - what notices need of the configuration, for the server and for its workers.
 */
#ifndef CLI_NOTICE_SETTINGS_H
#define CLI_NOTICE_SETTINGS_H

#include "config/config.h"
#include "notify/kafka.h"
#include "notify/settings.h"

/* Borrows from `config`; the secret is not filled in. False, and logged, when a setting is wrong.
 */
bool notice_settings_read(const struct config *config,
                          struct notify_settings *settings_out) MUST_USE;
struct kafka_settings kafka_settings_of(const struct config *config);

#endif
