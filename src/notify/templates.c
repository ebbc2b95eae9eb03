#include "notify/templates.h"

#include "base/embed.h"
#include "base/log.h"
#include "base/memory.h"
#include "notify/template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TEMPLATE_BYTES_MAX = 65536, PATH_BYTES_MAX = 4096 };

struct templates {
    struct text own[NOTICE_COUNT][LANGUAGE_COUNT][TEMPLATE_KIND_COUNT]; /* no data = built in */
};

static const char *const endings[TEMPLATE_KIND_COUNT] =
    {[TEMPLATE_TXT] = "txt", [TEMPLATE_HTML] = "html", [TEMPLATE_SHORT] = "short"};

#define EMBED_TEMPLATE(language, name, ending)                                                     \
    EMBED("template_" #language "_" #name "_" #ending,                                             \
          "src/notify/templates/" #language "/" #name "." #ending);                                \
    extern const char template_##language##_##name##_##ending[];                                   \
    extern const char template_##language##_##name##_##ending##_end[];
#define NOTICE(name, audience)                                                                     \
    EMBED_TEMPLATE(en, name, txt)                                                                  \
    EMBED_TEMPLATE(en, name, html)                                                                 \
    EMBED_TEMPLATE(en, name, short)                                                                \
    EMBED_TEMPLATE(de, name, txt)                                                                  \
    EMBED_TEMPLATE(de, name, html)                                                                 \
    EMBED_TEMPLATE(de, name, short)
#include "notify/notices.def"
#undef NOTICE

struct built_in {
    const char *begin;
    const char *end;
};

#define BUILT_IN(language, name, ending)                                                           \
    {                                                                                              \
        template_##language##_##name##_##ending, template_##language##_##name##_##ending##_end     \
    }
static const struct built_in built_in[NOTICE_COUNT][LANGUAGE_COUNT][TEMPLATE_KIND_COUNT] = {
#define NOTICE(name, audience)                                                                     \
    [NOTICE_##name] = {[LANGUAGE_EN] = {BUILT_IN(en, name, txt), BUILT_IN(en, name, html),         \
                                        BUILT_IN(en, name, short)},                                \
                       [LANGUAGE_DE] = {BUILT_IN(de, name, txt), BUILT_IN(de, name, html),         \
                                        BUILT_IN(de, name, short)}},
#include "notify/notices.def"
#undef NOTICE
};

struct text templates_get(const struct templates *templates, enum notice notice,
                          enum language language, enum template_kind kind)
{
    struct text own = templates->own[notice][language][kind];
    if (own.data != NULL)
        return own;
    struct built_in found = built_in[notice][language][kind];
    return embedded_text(found.begin, found.end);
}

/* ---- files of the operator's ---- */

static bool is_template(struct text text)
{
    struct buffer out;
    json_t *nothing = json_object();
    buffer_init(&out, 256);
    bool is_right = text_is_utf8(text) && template_fill(text, nothing, ESCAPE_TEXT, &out);
    buffer_release(&out);
    json_decref(nothing);
    return is_right;
}

/* False, and logged, when there is a file that cannot be taken. */
static bool read_own(const char *path, struct text *text_out)
{
    FILE *file = fopen(path, "re");
    char quoted[LOG_QUOTED_SIZE];
    if (file == NULL && errno == ENOENT)
        return true;
    char *bytes = file == NULL ? NULL : memory_alloc(TEMPLATE_BYTES_MAX);
    size_t size = file == NULL ? 0 : fread(bytes, 1, TEMPLATE_BYTES_MAX, file);
    bool is_read = file != NULL && ferror(file) == 0 && size < TEMPLATE_BYTES_MAX;
    if (file != NULL)
        (void)fclose(file);
    *text_out = (struct text){bytes, (uint32_t)size};
    if (is_read && is_template(*text_out))
        return true;
    log_error("template refused", "file=%s reason=%s", log_quoted(text_of(path), quoted),
              is_read ? "malformed" : "unreadable");
    return false;
}

struct templates *templates_open(const char *folder)
{
    struct templates *templates = memory_alloc_zeroed(1, sizeof(*templates));
    bool is_right = true;
    for (uint32_t i = 0; i < NOTICE_COUNT * LANGUAGE_COUNT * TEMPLATE_KIND_COUNT; i++) {
        enum notice notice = i / (LANGUAGE_COUNT * TEMPLATE_KIND_COUNT);
        enum language language = i / TEMPLATE_KIND_COUNT % LANGUAGE_COUNT;
        enum template_kind kind = i % TEMPLATE_KIND_COUNT;
        char path[PATH_BYTES_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s/%s.%s", folder, language_name(language),
                              notice_name(notice), endings[kind]);
        if (folder[0] == '\0')
            continue;
        ensure(length > 0 && (size_t)length < sizeof(path));
        is_right = read_own(path, &templates->own[notice][language][kind]) && is_right;
    }
    if (is_right)
        return templates;
    templates_close(templates);
    return NULL;
}

void templates_close(struct templates *templates)
{
    if (templates == NULL)
        return;
    for (uint32_t i = 0; i < NOTICE_COUNT * LANGUAGE_COUNT * TEMPLATE_KIND_COUNT; i++) {
        const struct text *own = &templates->own[0][0][0] + i;
        memory_free((void *)(uintptr_t)own->data);
    }
    memory_free(templates);
}
