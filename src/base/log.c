#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_SIZE = 2048 };

static const char *const level_names[] =
    {[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error"};

/* The one piece of state in base/: a log that had to be handed down to every function that may have
 * to say something would be worse. */
static _Atomic int level_lowest = LOG_INFO;

void log_set_level(enum log_level level)
{
    level_lowest = (int)level;
}

/* Keeps `length` within a line when snprintf() had more to say. */
static size_t clipped(size_t used, int wanted)
{
    size_t room = LOG_LINE_SIZE - 1 - used; /* the newline's place stays free */
    if (wanted < 0)
        return used;
    return used + ((size_t)wanted < room ? (size_t)wanted : room - 1);
}

void log_write(enum log_level level, const char *phrase, const char *format, ...)
{
    if ((int)level < level_lowest)
        return;
    char time[CLOCK_TEXT_SIZE];
    uint64_t now_ms = clock_wall_ms();
    size_t length = clock_format(now_ms - now_ms % 1000, time);
    time[length - 1] = '\0'; /* the Z, which comes behind the milliseconds here */

    char line[LOG_LINE_SIZE];
    size_t used = clipped(0, snprintf(line, LOG_LINE_SIZE - 1, "%s.%03uZ %s %s", time,
                                      (unsigned)(now_ms % 1000), level_names[level], phrase));
    if (format != NULL) {
        line[used++] = ' ';
        va_list arguments;
        va_start(arguments, format);
        used = clipped(used, vsnprintf(line + used, LOG_LINE_SIZE - 1 - used, format, arguments));
        va_end(arguments);
    }
    line[used++] = '\n';
    /* One write per line, so that lines of several threads do not mix. A log that cannot be written
     * has nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
}

const char *log_quoted(struct text text, char quoted_out[LOG_QUOTED_SIZE])
{
    static const char cut_mark[] = "...\"";
    char *out = quoted_out;
    const char *end = quoted_out + LOG_QUOTED_SIZE - sizeof(cut_mark) - sizeof("\\xff");
    *out++ = '"';
    uint32_t i = 0;
    for (; i < text.length && out < end; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte == '"' || byte == '\\') {
            *out++ = '\\';
            *out++ = (char)byte;
        } else if (byte >= 0x20 && byte < 0x7f) {
            *out++ = (char)byte;
        } else {
            out += snprintf(out, sizeof("\\xff"), "\\x%02x", byte);
        }
    }
    const char *tail = i < text.length ? cut_mark : "\"";
    memcpy(out, tail, strlen(tail) + 1);
    return quoted_out;
}
