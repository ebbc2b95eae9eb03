/*
 * template.h - text with holes, filled from JSON. A small part of Mustache:
 *
 *   {{order.number}}              the value; numbers and texts only, nothing when it is not there
 *   {{#lines}} ... {{/lines}}     for each of a list; once for a text, a number or an object that
 * is there and not empty. Inside, names are looked up in it first.
 *   {{^lines}} ... {{/lines}}     when there is nothing
 *
 * In HTML every value is escaped. In plain text control characters but line ends and tabs are left
 * out, in one line those too, so no value can end a header.
 */
#ifndef NOTIFY_TEMPLATE_H
#define NOTIFY_TEMPLATE_H

#include "base/buffer.h"
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

enum template_escape { ESCAPE_TEXT = 0, ESCAPE_LINE, ESCAPE_HTML };

enum { TEMPLATE_DEPTH_MAX = 8 };

/* Appends to `out`; false when the template is not well-formed (a section that is not closed). */
bool template_fill(struct text template, const json_t *values, enum template_escape escape,
                   struct buffer *out) MUST_USE;

#endif
