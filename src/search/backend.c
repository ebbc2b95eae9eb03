#include "search/backend.h"

void search_ask(struct search_backend *backend, struct search_request *request)
{
    const struct search_query *query = request->query;
    ensure(query->limit >= 1);
    ensure(query->limit <= SEARCH_LIMIT_MAX);
    ensure(query->sort < SEARCH_SORT_COUNT);
    ensure(query->words.length <= SEARCH_WORDS_BYTES_MAX);
    ensure(query->attribute_count <= SEARCH_ATTRIBUTES_MAX);
    ensure(query->number_count <= SEARCH_LIST_MAX);
    ensure(query->sku_count <= SEARCH_LIST_MAX);
    ensure(request->done != NULL);
    backend->ops->search(backend, request);
}

void search_suggest(struct search_backend *backend, struct search_suggest_request *request)
{
    ensure(request->query.limit >= 1);
    ensure(request->query.limit <= SEARCH_SUGGESTIONS_MAX);
    ensure(request->query.words.length <= SEARCH_WORDS_BYTES_MAX);
    ensure(request->done != NULL);
    backend->ops->suggest(backend, request);
}

struct search_stats search_stats(struct search_backend *backend)
{
    return backend->ops->stats(backend);
}

void search_close(struct search_backend *backend)
{
    if (backend != NULL)
        backend->ops->close(backend);
}
