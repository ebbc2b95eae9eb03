#include "api/location_names.h"

struct wanted_name {
    struct text name;
    struct text field;
    uint16_t *number;
};

struct location_names {
    struct call *call;
    void *state;
    void (*then)(struct call *call);
    uint32_t count;
    uint32_t count_max;
    struct wanted_name *wanted;
};

struct location_names *location_names_new(struct call *call, uint32_t count_max)
{
    struct location_names *names = CALL_NEW(call, struct location_names);
    names->call = call;
    names->count_max = count_max;
    return names;
}

static void want(struct location_names *names, struct json_in_object *object, const char *name,
                 struct wanted_name wanted)
{
    struct arena *arena = names->call->arena;
    if (names->wanted == NULL)
        names->wanted = arena_alloc_array(arena, names->count_max, sizeof(*names->wanted));
    ensure(names->count < names->count_max);
    wanted.field = field_path(arena, object->path, name);
    names->wanted[names->count++] = wanted;
}

void location_names_read(struct location_names *names, struct json_in_object *object,
                         const char *name, enum json_in_need need, uint16_t *number_out)
{
    struct text text;
    uint64_t number;
    if (!json_in_text(object, name, need, LOCATION_NAME_MAX, &text))
        return;
    if (text_equal(text, TEXT("main")))
        *number_out = 1;
    else if (public_id_read(names->call->secret, ID_LOCATION, text, &number))
        *number_out = (uint16_t)number;
    else if (text.length > 0)
        want(names, object, name, (struct wanted_name){.name = text, .number = number_out});
}

static bool find(const struct locations_view_command *view, struct wanted_name *wanted)
{
    for (uint32_t i = 0; i < view->location_count; i++) {
        if (text_equal(text_of(view->locations[i].name), wanted->name)) {
            *wanted->number = view->locations[i].number;
            return true;
        }
    }
    return false;
}

static void resolved(struct call *call)
{
    struct location_names *names = call->state;
    const struct locations_view_command *view = (struct locations_view_command *)call->command;
    for (uint32_t i = 0; i < names->count; i++) {
        if (!find(view, &names->wanted[i]))
            field_errors_add(&call->errors, names->wanted[i].field, "location_unknown",
                             "neither the id nor the name of a location");
    }
    call->state = names->state;
    if (!call_has_errors(call))
        names->then(call);
}

void location_names_resolve(struct location_names *names, void *state,
                            void (*then)(struct call *call))
{
    struct call *call = names->call;
    names->state = state;
    names->then = then;
    if (names->count == 0) {
        call->state = state;
        then(call);
        return;
    }
    call->state = names;
    struct locations_view_command *view = CALL_NEW(call, struct locations_view_command);
    call_submit(call, &view->command, &command_locations_view, resolved);
}
