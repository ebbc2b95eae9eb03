/* suggest.c - GET /v1/suggest: what a shopper may be about to type. */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "search/backend.h"

enum { SUGGEST_LIMIT_DEFAULT = 10 };

static void render_suggestion(const struct call *call, struct json_out *json,
                              const struct search_suggestion *each)
{
    static const char *const kinds[] = {
        [SUGGEST_WORDS] = "words",
        [SUGGEST_CATEGORY] = "category",
        [SUGGEST_BRAND] = "brand",
        [SUGGEST_PRODUCT] = "product",
    };
    json_out_object_begin(json);
    json_out_key(json, "kind");
    json_out_text(json, text_of(kinds[each->kind]));
    json_out_key(json, "text");
    json_out_text(json, each->text);
    json_out_key(json, "id");
    if (each->kind == SUGGEST_CATEGORY)
        render_id(call, json, ID_CATEGORY, each->number);
    else if (each->kind == SUGGEST_PRODUCT)
        render_id(call, json, ID_PRODUCT, each->number);
    else
        json_out_null(json);
    json_out_key(json, "count");
    json_out_u64(json, each->count);
    json_out_object_end(json);
}

static void reply_suggestions(struct call *call)
{
    const struct search_suggest_request *request = call->state;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < request->suggestions.count; i++)
        render_suggestion(call, &json, &request->suggestions.items[i]);
    json_out_array_end(&json);
    json_out_object_end(&json);
    call->cache = "no-cache";
    call_reply(call, 200);
}

static void reply_omitted(struct call *call)
{
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    json_out_object_begin(&json);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    json_out_array_end(&json);
    render_omitted(&json, TEXT("suggestions"));
    json_out_object_end(&json);
    call->cache = "no-store";
    call_reply(call, 200);
}

void suggest_get(struct call *call)
{
    struct query_in in;
    call_query(call, &in);
    struct search_suggest_request *request = CALL_NEW(call, struct search_suggest_request);
    uint64_t limit = SUGGEST_LIMIT_DEFAULT;
    query_in_u64(&in, "limit", 1, SEARCH_SUGGESTIONS_MAX, &limit);
    request->query.limit = (uint32_t)limit;
    if (!query_in_words(&in, "q", &request->query.words) && call->errors.count == 0)
        query_in_fault(&in, "q", "missing", "what was typed so far");
    query_in_end(&in);
    if (call_has_errors(call))
        return;
    if (health_is_degraded(call->health)) {
        reply_omitted(call);
        return;
    }
    call->state = request;
    call_suggest(call, request, reply_suggestions);
}
