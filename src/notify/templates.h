/*
 * templates.h - the wording of every notice: built in, and replaced file by file from a folder of
 * the operator's (LANGUAGE/NOTICE.txt, .html, .short), read once at the start.
 */
#ifndef NOTIFY_TEMPLATES_H
#define NOTIFY_TEMPLATES_H

#include "notify/notice.h"

enum template_kind { TEMPLATE_TXT = 0, TEMPLATE_HTML, TEMPLATE_SHORT, TEMPLATE_KIND_COUNT };

struct templates;

/* `folder` "" = none. NULL when a file there cannot be read or is no template; the reason is
 * logged. */
struct templates *templates_open(const char *folder) MUST_USE;
void templates_close(struct templates *templates);
struct text templates_get(const struct templates *templates, enum notice notice,
                          enum language language, enum template_kind kind);

#endif
