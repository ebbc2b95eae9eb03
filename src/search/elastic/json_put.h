/*
 * json_put.h - JSON by example: what is sent to a cluster, readable as it will look.
 *
 *   json_put(&body, "{'term':{'%kbrand':%t}}", "", brand);
 *
 * A ' is written as ". %t a struct text as a JSON string, %q a C string as one, %j a struct text
 * that is JSON already, %k a C string as it is (letters of a name), %u uint64_t, %i int64_t, %b
 * bool (as int), %g double.
 */
#ifndef SEARCH_ELASTIC_JSON_PUT_H
#define SEARCH_ELASTIC_JSON_PUT_H

#include "base/buffer.h"

void json_put(struct buffer *buffer, const char *format, ...);

/* A comma between the items of a list: none before the first. */
void json_put_comma(struct buffer *buffer, bool *is_first);

#endif
