/* sender_sweep.c - one round of sending: what is marked becomes documents, and these go out in
 * bulks.
 */
#include "base/log.h"
#include "base/memory.h"
#include "search/elastic/answer.h"
#include "search/elastic/document.h"
#include "search/elastic/json_put.h"
#include "search/elastic/sender_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    VERSION_SHIFT = 16,
    BULK_BYTES_MAX = 8 << 20, /* of a body; a single document may be larger */
    LOG_EVERY_MS = 5000,
    HTTP_OK = 200,
    HTTP_NOT_FOUND = 404,
    HTTP_CONFLICT = 409,
    HTTP_OVERLOADED = 429,
    HTTP_CLIENT_FAULT = 400,
    HTTP_SERVER_FAULT = 500,
};

/* --- what to send --- */

void sender_mark_all(struct sender *sender)
{
    uint32_t count = view_product_count(sender->options.view);
    for (uint32_t number = 1; number <= count; number++)
        dirty_add(&sender->changed, number);
}

static struct text family_of(const struct product *product)
{
    return product->status == PRODUCT_ACTIVE ? product_text(product, PRODUCT_FAMILY) : TEXT_NONE;
}

void sender_begin(struct sender *sender)
{
    const struct view *view = sender->options.view;
    view_read_begin();
    uint32_t count = view_product_count(view);
    for (uint32_t number = 1; number <= count; number++)
        families_put(&sender->families, number, family_of(view_product(view, number)));
    view_read_end();
    __atomic_store_n(&sender->tree_changed, true, __ATOMIC_RELEASE); /* none was looked at yet */
}

static bool category_is_same(const struct category *a, const struct category *b)
{
    return a->parent == b->parent && strcmp(a->name, b->name) == 0;
}

/* Which categories are called or placed otherwise than in the documents, by themselves or above. */
static bool *changed_categories(struct sender *sender, const struct view_categories *now)
{
    bool *changed = memory_alloc_zeroed((size_t)now->count + 1, sizeof *changed);
    for (uint32_t number = 1; number <= now->count; number++) {
        uint32_t at = number;
        for (uint32_t depth = 0; at != 0 && depth <= CATEGORY_DEPTH_MAX; depth++) {
            changed[number] |= at > sender->tree_count ||
                               !category_is_same(&sender->tree[at], &now->categories[at]);
            at = now->categories[at].parent;
        }
    }
    return changed;
}

static void remember_tree(struct sender *sender, const struct view_categories *now)
{
    size_t size = ((size_t)now->count + 1) * sizeof *sender->tree;
    sender->tree = memory_resize(sender->tree, size);
    memcpy(sender->tree, now->categories, size);
    sender->tree_count = now->count;
}

/* Words of a category's name are in the documents of all products below it. */
static void mark_moved_categories(struct sender *sender)
{
    if (!__atomic_exchange_n(&sender->tree_changed, false, __ATOMIC_ACQ_REL))
        return;
    const struct view *view = sender->options.view;
    const struct view_categories *now = view_categories(view);
    if (sender->tree != NULL) {
        bool *changed = changed_categories(sender, now);
        uint32_t count = view_product_count(view);
        for (uint32_t number = 1; number <= count; number++) {
            const struct product *product = view_product(view, number);
            if (product->category <= now->count && changed[product->category])
                dirty_add(&sender->changed, number);
        }
        memory_free(changed);
    }
    remember_tree(sender, now);
}

static void add_family(struct sender *sender, uint32_t number)
{
    for (uint32_t sibling = families_first(&sender->families, number); sibling != 0;
         sibling = families_next(&sender->families, sibling))
        dirty_add(&sender->todo, sibling);
}

/* What is marked, and its siblings of before and of now. */
static void gather(struct sender *sender)
{
    const struct view *view = sender->options.view;
    for (uint32_t number = dirty_take(&sender->changed, 1); number != 0;
         number = dirty_take(&sender->changed, number)) {
        const struct product *product = view_product(view, number);
        if (product == NULL)
            continue;
        dirty_add(&sender->todo, number);
        add_family(sender, number);
        families_put(&sender->families, number, family_of(product));
        add_family(sender, number);
    }
}

static void gather_sold(struct sender *sender, uint64_t now_ms)
{
    if (now_ms - sender->sold_at_ms < sender->options.sold_ms)
        return;
    sender->sold_at_ms = now_ms;
    for (uint32_t number = dirty_take(&sender->sold, 1); number != 0;
         number = dirty_take(&sender->sold, number))
        dirty_add(&sender->todo, number);
}

void sender_sweep_begin(struct sender *sender)
{
    bool is_first = sender->at == 0 && sender->is_whole && sender->swept == 0;
    sender->at = 1;
    sender->has_failed = false;
    if (!sender->is_whole)
        sender->swept = 0;
    /* First the event, then the marks: every change up to it is marked by now. */
    uint64_t published = __atomic_load_n(&sender->published_event, __ATOMIC_ACQUIRE);
    sender->sweep_event = published;
    uint64_t version = published << VERSION_SHIFT;
    sender->version = version > sender->version ? version : sender->version + 1;
    view_read_begin();
    mark_moved_categories(sender);
    if (is_first)
        sender_mark_all(sender);
    gather(sender);
    gather_sold(sender, sender_now_ms());
    view_read_end();
}

/* --- what became of it --- */

static void mark_again(struct sender *sender, uint32_t number)
{
    sender->has_failed = true;
    dirty_add(&sender->changed, number);
}

/* A document that was refused for what is in it will always be. */
static void refuse(struct sender *sender, uint32_t number, uint64_t status, json_t *item)
{
    const char *type = json_string_value(json_object_get(json_object_get(item, "error"), "type"));
    char quoted[LOG_QUOTED_SIZE];
    log_error("the search cluster refuses a product", "product=%u status=%" PRIu64 " reason=%s",
              number, status, log_quoted(text_of(type == NULL ? "" : type), quoted));
    __atomic_fetch_add(&sender->products_refused, 1, __ATOMIC_RELAXED);
}

/* Items come back in the order they went out. */
static void take_item(struct sender *sender, json_t *entry, uint32_t number)
{
    json_t *item = json_object_get(entry, "index");
    uint64_t status = 0;
    if (item == NULL)
        item = json_object_get(entry, "delete");
    if (!answer_u64(item, "status", UINT16_MAX, &status) || status == HTTP_OVERLOADED ||
        status >= HTTP_SERVER_FAULT) {
        mark_again(sender, number);
        return;
    }
    bool was_deleted = json_object_get(entry, "delete") != NULL && status == HTTP_NOT_FOUND &&
                       json_object_get(item, "error") == NULL;
    /* A conflict: a newer document is there already. */
    bool is_done = status < HTTP_CLIENT_FAULT || status == HTTP_CONFLICT || was_deleted;
    if (is_done)
        return;
    if (status == HTTP_NOT_FOUND)
        mark_again(sender, number); /* the index is gone */
    else
        refuse(sender, number, status, item);
}

static bool index_is_gone(json_t *items)
{
    json_t *entry = json_array_get(items, 0);
    json_t *item = json_object_get(entry, "index");
    if (item == NULL)
        item = json_object_get(entry, "delete");
    const char *type = json_string_value(json_object_get(json_object_get(item, "error"), "type"));
    return type != NULL && strcmp(type, "index_not_found_exception") == 0;
}

static void swept(struct wire_call *call)
{
    struct sender_bulk *bulk = call->owner;
    struct sender *sender = bulk->sender;
    bulk->is_out = false;
    sender->bulks_out--;
    json_t *answer = call->status == HTTP_OK ? answer_parse(&call->answer) : NULL;
    json_t *items = json_object_get(answer, "items");
    bool is_whole = json_array_size(items) == bulk->count;
    if (call->status != HTTP_OK || !is_whole) {
        log_warning("the search cluster did not take a bulk", "status=%u products=%u", call->status,
                    bulk->count);
        for (uint32_t i = 0; i < bulk->count; i++)
            mark_again(sender, bulk->numbers[i]);
    } else {
        sender->swept += bulk->count;
        for (uint32_t i = 0; i < bulk->count; i++)
            take_item(sender, json_array_get(items, i), bulk->numbers[i]);
    }
    if (call->status == HTTP_NOT_FOUND || index_is_gone(items)) {
        sender->is_whole = false;
        __atomic_store_n(&sender->is_serving, false, __ATOMIC_RELEASE);
    }
    json_decref(answer);
    wire_call_release(call); /* bodies are large, and the next may be long in coming */
}

/* --- bulks --- */

static struct sender_bulk *free_bulk(struct sender *sender)
{
    for (uint32_t i = 0; i < sender->options.bulks_max; i++) {
        if (!sender->bulks[i].is_out)
            return &sender->bulks[i];
    }
    return NULL;
}

static void write_item(struct sender *sender, const struct document_source *source, uint32_t number,
                       struct buffer *out)
{
    size_t start = out->length;
    json_put(out, "{'index':{'_id':'%u','version':%u,'version_type':'external'}}\n",
             (uint64_t)number, sender->version);
    if (document_write(source, number, out)) {
        json_put(out, "\n");
        return;
    }
    out->length = start;
    json_put(out, "{'delete':{'_id':'%u','version':%u,'version_type':'external'}}\n",
             (uint64_t)number, sender->version);
}

/* As many products as fit. */
static void fill(struct sender *sender, struct sender_bulk *bulk)
{
    struct buffer *out = &bulk->call.body;
    bulk->count = 0;
    view_read_begin();
    const struct document_source source = {
        .view = sender->options.view,
        .categories = view_categories(sender->options.view),
        .families = &sender->families,
        .analysis = sender->analysis,
        .arena = &sender->arena,
    };
    while (bulk->count < sender->options.bulk_products_max && out->length < BULK_BYTES_MAX) {
        uint32_t number = dirty_take(&sender->todo, sender->at);
        if (number == 0)
            break;
        sender->at = number + 1;
        bulk->numbers[bulk->count++] = number;
        write_item(sender, &source, number, out);
        arena_reset(&sender->arena);
    }
    view_read_end();
}

static void log_progress(struct sender *sender)
{
    uint64_t now = sender_now_ms();
    if (!sender->is_whole || now - sender->logged_at_ms < LOG_EVERY_MS)
        return;
    sender->logged_at_ms = now;
    log_info("indexing into the search cluster", "done=%u of=%u", sender->swept,
             view_product_count(sender->options.view));
}

static void write_path(const struct sender *sender, char path_out[WIRE_PATH_MAX])
{
    const char *refresh =
        sender->options.refresh_ms == 0 && !sender->is_whole ? "&refresh=true" : "";
    (void)snprintf(path_out, WIRE_PATH_MAX, "/%s" SENDER_WRITE_SUFFIX "/_bulk?require_alias=true%s",
                   sender->index, refresh);
}

/* After a failure nothing more is sent in this sweep; what is left waits for the next. */
bool sender_sweep_step(struct sender *sender)
{
    struct sender_bulk *bulk;
    while (!sender->has_failed && dirty_count(&sender->todo) > 0 &&
           (bulk = free_bulk(sender)) != NULL) {
        wire_call_release(&bulk->call);
        wire_call_init(&bulk->call, "POST", sender->options.send_timeout_ms);
        bulk->call.content_type = "lines";
        bulk->call.owner = bulk;
        bulk->call.done = swept;
        fill(sender, bulk);
        if (bulk->count == 0)
            break;
        write_path(sender, bulk->call.path);
        bulk->is_out = true;
        sender->bulks_out++;
        wire_send(sender->wire, &bulk->call);
    }
    log_progress(sender);
    return (sender->has_failed || dirty_count(&sender->todo) == 0) && sender->bulks_out == 0;
}
