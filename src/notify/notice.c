#include "notify/notice.h"

static const char *const names[NOTICE_COUNT] = {
#define NOTICE(name, audience) [NOTICE_##name] = #name,
#include "notify/notices.def"
#undef NOTICE
};

static const enum audience audiences[NOTICE_COUNT] = {
#define NOTICE(name, audience) [NOTICE_##name] = AUDIENCE_##audience,
#include "notify/notices.def"
#undef NOTICE
};

static const char *const languages[LANGUAGE_COUNT] = {[LANGUAGE_EN] = "en", [LANGUAGE_DE] = "de"};

const char *notice_name(enum notice notice)
{
    ensure(notice < NOTICE_COUNT);
    return names[notice];
}

enum audience notice_audience(enum notice notice)
{
    ensure(notice < NOTICE_COUNT);
    return audiences[notice];
}

bool notice_find(struct text name, enum notice *notice_out)
{
    for (uint32_t i = 0; i < NOTICE_COUNT; i++) {
        if (text_equal(name, text_of(names[i]))) {
            *notice_out = (enum notice)i;
            return true;
        }
    }
    return false;
}

const char *language_name(enum language language)
{
    ensure(language < LANGUAGE_COUNT);
    return languages[language];
}

bool language_find(struct text name, enum language *language_out)
{
    for (uint32_t i = 0; i < LANGUAGE_COUNT; i++) {
        if (text_equal(name, text_of(languages[i]))) {
            *language_out = (enum language)i;
            return true;
        }
    }
    return false;
}
