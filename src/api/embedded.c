#include "api/embedded.h"

#include "base/embed.h"

EMBED("embedded_openapi_json", "docs/api/openapi.json");
EMBED("embedded_index_html", "docs/api/index.html");

extern const char embedded_openapi_json[];
extern const char embedded_openapi_json_end[];
extern const char embedded_index_html[];
extern const char embedded_index_html_end[];

struct text embedded_openapi(void)
{
    return embedded_text(embedded_openapi_json, embedded_openapi_json_end);
}

struct text embedded_docs(void)
{
    return embedded_text(embedded_index_html, embedded_index_html_end);
}
