/*
 * location_names.h - places as people write them: an id, or a name. An id is decoded on the spot;
 * names other than main are asked of the executor, which has them, in one go for the whole request.
 *
 *   names = location_names_new(call);  location_names_read(names, &object, "location", ...) ...
 *   location_names_resolve(names, then);    -> then(call) once every number is filled in, or a 400
 */
#ifndef API_LOCATION_NAMES_H
#define API_LOCATION_NAMES_H

#include "api/call.h"

struct location_names;

/* Holds at most count_max names; takes call->state for itself until then() is called. */
struct location_names *location_names_new(struct call *call, uint32_t count_max) MUST_USE;
/* *number_out is filled in now or by location_names_resolve(); untouched when the field is absent.
 */
void location_names_read(struct location_names *names, struct json_in_object *object,
                         const char *name, enum json_in_need need, uint16_t *number_out);
/* call->state is `state` again when then() runs. */
void location_names_resolve(struct location_names *names, void *state,
                            void (*then)(struct call *call));

#endif
