/*
 * head.h - the head of a request: request line and headers.
 *
 * Bytes are gathered until the empty line, then parsed in one go by http-parser, so that every text
 * of the request points into the gathered bytes. http-parser as packaged is lenient about line
 * ends, spaces in names and control characters, which is what request smuggling lives on; the
 * checks it leaves out are made here.
 */
#ifndef NET_HEAD_H
#define NET_HEAD_H

#include "net/refusal.h"
#include "net/server.h"

struct head {
    char *bytes;
    uint32_t length;
    uint32_t length_max;
    uint32_t capacity;   /* grows up to length_max: most heads are small */
    uint32_t start;      /* of the request line: empty lines before it are allowed */
    uint32_t line_start; /* of the line that is being gathered */
    uint32_t line_count; /* complete ones */
    bool is_complete;
};

/* What the head says about the connection and the body. */
struct head_facts {
    bool is_http_1_0;
    bool keep_alive;
    bool expects_continue;
    bool is_chunked;
    uint64_t content_length;
};

void head_init(struct head *head, uint32_t length_max);
void head_release(struct head *head);
void head_reset(struct head *head);

/* Gathers bytes up to the empty line. *used_out bytes belonged to the head, at least one; feed the
 * rest again while it is not complete. */
enum refusal head_feed(struct head *head, struct text bytes, uint32_t *used_out) MUST_USE;
/* A request line has begun to arrive. */
bool head_has_begun(const struct head *head);
/* Fills method, path, query and headers, which point into `head`. Only when it is complete. */
enum refusal head_parse(const struct head *head, struct request *request,
                        struct head_facts *facts_out) MUST_USE;

#endif
