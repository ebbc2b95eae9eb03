/* notice.h - what people are told (notices.def), in which languages, and to whom it goes. */
#ifndef NOTIFY_NOTICE_H
#define NOTIFY_NOTICE_H

#include "base/text.h"

#include <stdbool.h>

enum notice {
#define NOTICE(name, audience) NOTICE_##name,
#include "notify/notices.def"
#undef NOTICE
    NOTICE_COUNT
};

enum audience { AUDIENCE_CUSTOMER = 0, AUDIENCE_OPERATORS };

enum language { LANGUAGE_EN = 0, LANGUAGE_DE, LANGUAGE_COUNT };

const char *notice_name(enum notice notice);
enum audience notice_audience(enum notice notice);
bool notice_find(struct text name, enum notice *notice_out) MUST_USE;
const char *language_name(enum language language);
bool language_find(struct text name, enum language *language_out) MUST_USE;

#endif
