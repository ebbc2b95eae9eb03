/*
 * reviews.c - what customers say of products: read by everybody, written by who was sent one, taken
 * out by its author or the staff. Stars and dates are in memory; the words are read by a loader.
 */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "base/hash.h"

#include <string.h>

struct review_call {
    struct review_command command;
    struct reviews_command view;
    struct review_entry entry; /* the one to show */
    struct contact *words;     /* of what is shown; number 0 = none */
    int status;
};

enum { LIST_OF_REVIEWS = 0x72657677 }; /* of the cursor */

static struct err read_words(struct call *call, struct store_reader *reader,
                             const struct review_entry *entries, uint32_t count)
{
    struct review_call *state = call->state;
    state->words = arena_alloc_array(call->arena, count + 1u, sizeof(struct contact));
    for (uint32_t i = 0; i < count; i++) {
        bool is_found = false;
        if (entries[i].review.contact != 0)
            TRY(store_read_contact(reader, entries[i].review.contact, call->arena, &state->words[i],
                                   &is_found));
        if (!is_found)
            state->words[i] = (struct contact){.number = 0};
    }
    return OK;
}

static void render(const struct call *call, struct json_out *json, const struct review_entry *entry,
                   const struct contact *words)
{
    render_review(call, json, entry->number, &entry->review, words->number == 0 ? NULL : words);
}

/* --- one --- */

static void tell_location(struct call *call, uint32_t number)
{
    struct text collection = TEXT("/v1/reviews/");
    char *path = arena_alloc(call->arena, collection.length + PUBLIC_ID_SIZE);
    memcpy(path, collection.data, collection.length);
    public_id_write(call->secret, ID_REVIEW, number, path + collection.length);
    call_header(call, "Location", (struct text){path, collection.length + PUBLIC_ID_LENGTH});
}

static void show_one(struct call *call)
{
    const struct review_call *state = call->state;
    struct json_out json;
    if (state->status == 201)
        tell_location(call, state->entry.number);
    etag_version(call, ETAG_KEYED, state->entry.review.changed_event);
    call->cache = "no-cache";
    json_out_init(&json, &call->request->reply);
    render(call, &json, &state->entry, &state->words[0]);
    call_reply(call, state->status);
}

static struct err read_one(struct call *call, struct store_reader *reader)
{
    struct review_call *state = call->state;
    return read_words(call, reader, &state->entry, 1);
}

/* Its words are read from the store each time, so no answer is kept that holds them. */
static void written(struct call *call)
{
    struct review_call *state = call->state;
    state->entry = (struct review_entry){state->command.number, state->command.review};
    call_load(call, read_one, show_one);
}

static void viewed(struct call *call)
{
    struct review_call *state = call->state;
    state->entry = state->view.reviews[0];
    state->status = 200;
    call_load(call, read_one, show_one);
}

void reviews_get(struct call *call)
{
    struct review_call *state = CALL_NEW(call, struct review_call);
    uint64_t number;
    call->state = state;
    if (!call_id(call, 0, ID_REVIEW, ERR_REVIEW_UNKNOWN, &number))
        return;
    state->view.number = (uint32_t)number;
    state->view.limit = 1;
    call_submit(call, &state->view.command, &command_reviews_view, viewed);
}

/* --- written by customers --- */

/* The text as a JSON string, as the contact keeps it. */
static struct text quote(struct call *call, struct text text)
{
    struct buffer *scratch = &call->request->reply; /* nobody has begun it yet */
    struct json_out json;
    ensure(scratch->length == 0);
    json_out_init(&json, scratch);
    json_out_text(&json, text);
    struct text quoted = arena_copy_text(call->arena, buffer_text(scratch));
    buffer_reset(scratch);
    return quoted;
}

/* False, and answered, when there is something wrong with the body. */
static bool read_body(struct call *call, struct review_command *command)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    uint32_t stars = 0;
    struct text text = TEXT("");
    struct text author = TEXT("");
    if (!call_body(call, false, &in, &body, &has_body))
        return false;
    json_in_u32(&body, "stars", IN_REQUIRED, REVIEW_STARS_MIN, REVIEW_STARS_MAX, &stars);
    json_in_text(&body, "text", IN_REQUIRED, call->options->review_text_max, &text);
    json_in_text(&body, "author", IN_OPTIONAL, REVIEW_AUTHOR_MAX, &author);
    json_in_end(&body);
    json_in_close(&in);
    command->stars = (uint8_t)stars;
    command->customer = call->access.customer;
    command->contact.name = author;
    command->contact.metadata = quote(call, text);
    return !call_has_errors(call);
}

void reviews_create(struct call *call)
{
    struct review_call *state = CALL_NEW(call, struct review_call);
    uint64_t product;
    call->state = state;
    state->status = 201;
    if (!call_id(call, 0, ID_PRODUCT, ERR_PRODUCT_UNKNOWN, &product) ||
        !read_body(call, &state->command))
        return;
    state->command.product = (uint32_t)product;
    call_submit(call, &state->command.command, &command_review_create, written);
}

void reviews_update(struct call *call)
{
    struct review_call *state = CALL_NEW(call, struct review_call);
    uint64_t number;
    call->state = state;
    state->status = 200;
    if (!call_id(call, 0, ID_REVIEW, ERR_REVIEW_UNKNOWN, &number))
        return;
    state->command.number = (uint32_t)number;
    etag_guard(call, ETAG_KEYED, &state->command.guard);
    if (read_body(call, &state->command))
        call_submit(call, &state->command.command, &command_review_update, written);
}

static void removed(struct call *call)
{
    call_reply(call, 204);
}

void reviews_remove(struct call *call)
{
    struct review_call *state = CALL_NEW(call, struct review_call);
    uint64_t number;
    call->state = state;
    if (!call_id(call, 0, ID_REVIEW, ERR_REVIEW_UNKNOWN, &number))
        return;
    state->command.number = (uint32_t)number;
    state->command.customer = call->access.customer;
    state->command.is_staff = call->access.is_operator;
    etag_guard(call, ETAG_KEYED, &state->command.guard);
    if (!call_has_errors(call))
        call_submit(call, &state->command.command, &command_review_remove, removed);
}

/* --- of a product --- */

static uint64_t list_of(uint64_t product)
{
    return hash_u64((uint64_t)LIST_OF_REVIEWS << 32 | product);
}

static void show_page(struct call *call)
{
    const struct review_call *state = call->state;
    const struct reviews_command *view = &state->view;
    struct json_out json;
    struct cursor next = {.list = list_of(view->product)};
    call->cache = "no-cache";
    render_list_begin(call, &json);
    for (uint32_t i = 0; i < view->review_count; i++)
        render(call, &json, &view->reviews[i], &state->words[i]);
    if (view->has_more)
        next.number = view->reviews[view->review_count - 1].number;
    render_list_end(call, &json, view->has_more ? &next : NULL);
}

static struct err read_page(struct call *call, struct store_reader *reader)
{
    const struct review_call *state = call->state;
    return read_words(call, reader, state->view.reviews, state->view.review_count);
}

static void page_viewed(struct call *call)
{
    call_load(call, read_page, show_page);
}

void reviews_list(struct call *call)
{
    struct review_call *state = CALL_NEW(call, struct review_call);
    uint64_t product;
    struct query_in in;
    bool has_cursor;
    call->state = state;
    if (!call_id(call, 0, ID_PRODUCT, ERR_PRODUCT_UNKNOWN, &product))
        return;
    struct cursor cursor = {.list = list_of(product)};
    call_query(call, &in);
    state->view.product = (uint32_t)product;
    state->view.limit = call_limit(&in);
    if (!call_cursor(call, &in, &cursor, &has_cursor))
        return;
    query_in_end(&in);
    if (call_has_errors(call))
        return;
    state->view.before = has_cursor ? (uint32_t)cursor.number : 0;
    call_submit(call, &state->view.command, &command_reviews_view, page_viewed);
}
