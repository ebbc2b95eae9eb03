/*
 * problem.h - the one place that turns a refusal into HTTP: application/problem+json (RFC 9457).
 *
 * problem_of() has one switch without a default: an err_code without an answer does not compile.
 * Codes are part of the contract (docs/api/openapi.json names them) and never change their meaning.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/input/field_errors.h"
#include "base/buffer.h"
#include "base/text.h"
#include "shop/err.h"

/* `field` and `detail` may hold {index} and {value}, filled in from the struct err; `field` may be
 * NULL. */
struct problem {
    int status;
    const char *code;
    const char *title;
    const char *field;
    const char *detail;
};

/* What the edge refuses before the shop is asked. */
enum edge_problem {
    EDGE_INVALID_REQUEST = 0, /* the fields say why */
    EDGE_INVALID_CURSOR,
    EDGE_IDEMPOTENCY_KEY_REQUIRED,
    EDGE_IDEMPOTENCY_KEY_INVALID,
    EDGE_UNAUTHORIZED,
    EDGE_INVALID_TOKEN,
    EDGE_FORBIDDEN,
    EDGE_SIGNATURE_INVALID,
    EDGE_SIGNATURE_EXPIRED,
    EDGE_CALLBACKS_OFF,
    EDGE_TOO_MANY_TRIES,
    EDGE_COUNTRY_FIXED,
    EDGE_NOT_FOUND,
    EDGE_CART_UNKNOWN,
    EDGE_REGION_UNKNOWN,
    EDGE_METHOD_NOT_ALLOWED,
    EDGE_BODY_TOO_LARGE,
    EDGE_UNSUPPORTED_MEDIA_TYPE,
    EDGE_RATE_LIMITED,
    /* always last */
    EDGE_PROBLEM_COUNT
};

struct problem problem_of(enum err_code code) MUST_USE;
struct problem problem_of_edge(enum edge_problem edge) MUST_USE;

/* Seconds for Retry-After, or 0: not worth trying again as it is. */
uint32_t problem_retry_s(struct err err) MUST_USE;

/* The body. `errors` may be NULL; without entries, the problem's own field makes one. */
void problem_write(struct buffer *body, const struct problem *problem, struct err err,
                   struct text request_id, const struct field_errors *errors);

#endif
