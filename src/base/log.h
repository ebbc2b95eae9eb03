/*
 * log.h - one line per happening on standard error: time, level, a constant phrase, key=value
 * pairs.
 *
 *   log_info("listening", "address=%s port=%u", address, port);
 *   2026-11-22T10:00:00.000Z info listening address=127.0.0.1 port=8080
 *
 * Any thread. Never an e-mail, phone, name, address or token. Values from outside go through
 * log_quoted(), which escapes what could forge a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/text.h"

/* LOG_SILENT: nothing at all, for tests that break things by the thousand. */
enum log_level { LOG_DEBUG = 0, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_SILENT };

void log_set_level(enum log_level level);
/* `format` may be NULL: nothing behind the phrase. Lines are cut at 2 KiB. */
void log_write(enum log_level level, const char *phrase, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_debug(...)   log_write(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)    log_write(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_error(...)   log_write(LOG_ERROR, __VA_ARGS__)

enum { LOG_QUOTED_SIZE = 256 };
/* `text` in double quotes, cut and escaped to fit. Returns `quoted_out`. */
const char *log_quoted(struct text text, char quoted_out[LOG_QUOTED_SIZE]);

#endif
