#include "api/edge/client.h"

#include <string.h>

/* The last entry of a list, which becomes shorter by it; false when there is none. */
static bool cut_last(struct text *list, struct text *last_out)
{
    if (list->data == NULL)
        return false;
    const char *comma = list->length == 0 ? NULL : memrchr(list->data, ',', list->length);
    if (comma == NULL) {
        *last_out = text_trim(*list);
        *list = TEXT_NONE;
        return true;
    }
    uint32_t before = (uint32_t)(comma - list->data);
    *last_out = text_trim((struct text){comma + 1, list->length - before - 1});
    list->length = before;
    return true;
}

struct address client_address(const struct networks *trusted_proxies, const struct request *request)
{
    struct address client = request->peer;
    if (trusted_proxies->count == 0 || !networks_have(trusted_proxies, &client))
        return client;
    /* Each proxy adds whom it heard from at the end, perhaps in a header of its own. */
    for (uint32_t i = request->header_count; i-- > 0;) {
        const struct request_header *header = &request->headers[i];
        if (!text_equal_ignoring_case(header->name, TEXT("X-Forwarded-For")))
            continue;
        struct text list = header->value;
        struct text entry;
        while (cut_last(&list, &entry)) {
            struct address before;
            if (!address_read(entry, &before))
                return client;
            client = before;
            if (!networks_have(trusted_proxies, &client))
                return client;
        }
    }
    return client;
}
