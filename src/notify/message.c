#include "notify/message.h"

#include "notify/template.h"
#include "shop/reset_token.h"

#include <jansson.h>

enum { FILLED_FIRST_SIZE = 2048 };

static struct text arena_print(struct arena *arena, struct buffer *scratch)
{
    struct text text = arena_copy_text(arena, buffer_text(scratch));
    buffer_reset(scratch);
    return text;
}

static void put_text(json_t *values, const char *name, struct text value)
{
    if (value.length > 0)
        ensure(json_object_set_new(values, name, json_stringn_nocheck(value.data, value.length)) ==
               0);
}

/* Of one page of the shop front: "https://shop.example/orders/{order}". */
struct page {
    const char *name;    /* of the hole that gets the address */
    const char *pattern; /* "" = there is no such page */
    const char *hole;    /* in the pattern */
    const char *id;      /* NULL = the notice is about none */
};

static void put_page(json_t *values, const struct page *page, struct buffer *scratch)
{
    struct text rest = text_of(page->pattern);
    struct text part;
    if (page->id == NULL || rest.length == 0)
        return;
    while (text_cut(&rest, '{', &part)) {
        buffer_append_text(scratch, part);
        if (rest.data == NULL || !text_cut(&rest, '}', &part))
            break;
        if (text_equal(part, text_of(page->hole)))
            buffer_append_text(scratch, text_of(page->id));
    }
    put_text(values, page->name, buffer_text(scratch));
    buffer_reset(scratch);
}

static const char *id_of(const json_t *values, const char *thing)
{
    return json_string_value(json_object_get(json_object_get(values, thing), "id"));
}

static void put_pages(json_t *values, const struct notify_settings *settings,
                      struct buffer *scratch)
{
    const struct page pages[] = {
        {"order_url", settings->order_url, "order", id_of(values, "order")},
        {"cart_url", settings->cart_url, "cart", id_of(values, "cart")},
    };
    for (uint32_t i = 0; i < countof(pages); i++)
        put_page(values, &pages[i], scratch);
}

/* Made when the message is, and kept nowhere: who sees a delivery does not see it. */
static void put_reset_token(json_t *values, const struct delivery *delivery,
                            const struct notify_settings *settings, struct buffer *scratch)
{
    char token[RESET_TOKEN_SIZE];
    reset_token_write(settings->secret, (uint32_t)delivery->subject, delivery->event, token);
    const struct page page = {"reset_url", settings->reset_url, "token", token};
    put_text(values, "reset_token", text_of(token));
    put_page(values, &page, scratch);
}

struct making {
    const struct templates *templates;
    const json_t *values;
    struct buffer scratch;
    struct arena *arena;
    enum language language;
};

static bool make_part(struct making *making, struct text template, enum template_escape escape,
                      struct text *part_out)
{
    bool is_right = template_fill(template, making->values, escape, &making->scratch);
    *part_out = arena_print(making->arena, &making->scratch);
    return is_right;
}

/* A .txt begins with the subject, then an empty line. */
static bool make_parts(struct making *making, struct message *message)
{
    const struct templates *templates = making->templates;
    enum notice notice = message->notice;
    struct text plain = templates_get(templates, notice, making->language, TEMPLATE_TXT);
    struct text html = templates_get(templates, notice, making->language, TEMPLATE_HTML);
    struct text brief = templates_get(templates, notice, making->language, TEMPLATE_SHORT);
    struct text subject;
    struct text empty;
    if (!text_cut(&plain, '\n', &subject) || !text_cut(&plain, '\n', &empty) || plain.data == NULL)
        return false;
    return make_part(making, subject, ESCAPE_LINE, &message->subject) &&
           make_part(making, plain, ESCAPE_TEXT, &message->plain) &&
           make_part(making, html, ESCAPE_HTML, &message->html) &&
           make_part(making, text_trim(brief), ESCAPE_LINE, &message->brief);
}

bool message_make(const struct delivery *delivery, const struct contact *contact,
                  const struct notify_settings *settings, const struct templates *templates,
                  struct arena *arena, struct message *message_out)
{
    *message_out = (struct message){.event = delivery->event,
                                    .subject_number = delivery->subject,
                                    .created_ms = delivery->created_ms,
                                    .contact = delivery->contact,
                                    .topic = delivery->topic,
                                    .data = delivery->data};
    struct message *message = message_out;
    json_t *values = json_loadb(delivery->data.data, delivery->data.length, 0, NULL);
    if (!json_is_object(values) || !notice_find(delivery->notice, &message->notice)) {
        json_decref(values);
        return false;
    }
    struct making making = {
        .templates = templates, .values = values, .arena = arena, .language = settings->language};
    enum language wanted;
    if (language_find(delivery->language, &wanted))
        making.language = wanted;
    buffer_init(&making.scratch, FILLED_FIRST_SIZE);
    const char *id = json_string_value(json_object_get(values, "id"));
    message->id = arena_copy_text(arena, text_of(id == NULL ? "" : id));
    if (contact != NULL) {
        message->name = contact->name;
        message->email = contact->email;
        message->phone = contact->phone;
    } else {
        message->email = text_of(settings->operator_email);
    }
    put_text(values, "name", message->name);
    put_text(values, "shop", text_of(settings->shop_name));
    put_pages(values, settings, &making.scratch);
    if (templates != NULL && message->notice == NOTICE_password_reset)
        put_reset_token(values, delivery, settings, &making.scratch);
    bool is_right = templates == NULL || make_parts(&making, message);
    buffer_release(&making.scratch);
    json_decref(values);
    return is_right;
}
