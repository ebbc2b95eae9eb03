#include "api/routes.h"

#define ROUTE(method_, path_, handler_, access_, body_bytes_max_)                                  \
    {METHOD_##method_, path_, handler_, ACCESS_##access_, body_bytes_max_},
static const struct route routes[] = {
#include "api/routes.def"
};
#undef ROUTE

/* True when `path` is of the shape of `pattern`; fills in what its {names} stand for. */
static bool matches(const char *pattern, struct text path,
                    struct text parameters_out[ROUTE_PARAMETERS_MAX])
{
    uint32_t at = 0;
    uint32_t parameter = 0;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == path.length || path.data[at] != *pattern)
                return false;
            pattern++;
            at++;
            continue;
        }
        uint32_t start = at;
        while (at < path.length && path.data[at] != '/')
            at++;
        if (at == start)
            return false;
        ensure(parameter < ROUTE_PARAMETERS_MAX);
        parameters_out[parameter++] = (struct text){path.data + start, at - start};
        while (*pattern++ != '}')
            ensure(*pattern != '\0');
    }
    return at == path.length;
}

struct route_match route_find(enum http_method_kind method, struct text path)
{
    enum http_method_kind wanted = method == METHOD_HEAD ? METHOD_GET : method;
    struct route_match match = {.route = NULL};
    for (uint32_t i = 0; i < countof(routes); i++) {
        struct text parameters[ROUTE_PARAMETERS_MAX] = {TEXT_NONE, TEXT_NONE};
        if (!matches(routes[i].path, path, parameters))
            continue;
        match.methods |= 1u << routes[i].method;
        if (routes[i].method == METHOD_GET)
            match.methods |= 1u << METHOD_HEAD;
        if (routes[i].method != wanted)
            continue;
        match.route = &routes[i];
        for (uint32_t j = 0; j < ROUTE_PARAMETERS_MAX; j++)
            match.parameters[j] = parameters[j];
        break;
    }
    return match;
}

const struct route *route_at(uint32_t index)
{
    return index < countof(routes) ? &routes[index] : NULL;
}

uint32_t route_count(void)
{
    return countof(routes);
}

uint32_t route_index(const struct route *route)
{
    ensure(route >= routes);
    ensure(route < routes + countof(routes));
    return (uint32_t)(route - routes);
}
