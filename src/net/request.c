/* What a handler does with a request. */
#include "net/connection.h"
#include "net/share.h"

struct text request_header(const struct request *request, struct text name)
{
    for (uint32_t i = 0; i < request->header_count; i++) {
        const struct request_header *header = &request->headers[i];
        if (header->name.length == name.length && text_equal_ignoring_case(header->name, name))
            return header->value;
    }
    return TEXT_NONE;
}

void request_reply(struct request *request, int status, const char *content_type,
                   const char *headers)
{
    struct exchange *exchange = exchange_of(request);
    connection_answer(exchange, (struct response){.status = status,
                                                  .content_type = content_type,
                                                  .headers = headers,
                                                  .date = loop_date(exchange->loop),
                                                  .body_length = request->reply.length});
}

void request_resume(struct request *request)
{
    struct exchange *exchange = exchange_of(request);
    ensure(request->resumed != NULL);
    loop_resume(exchange->loop, exchange);
}

void request_share(struct request *request, void (*work)(struct request *request))
{
    ensure(request->resumed != NULL);
    share_add(exchange_of(request), work);
}
