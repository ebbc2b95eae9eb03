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

/* From src/, where the compiler looks. */
#if __has_include("../docs/api/viewer/rapidoc-min.js")
EMBED("embedded_viewer_html", "docs/api/viewer.html");
EMBED("embedded_rapidoc_js", "docs/api/viewer/rapidoc-min.js");

extern const char embedded_viewer_html[];
extern const char embedded_viewer_html_end[];
extern const char embedded_rapidoc_js[];
extern const char embedded_rapidoc_js_end[];

struct text embedded_viewer_page(void)
{
    return embedded_text(embedded_viewer_html, embedded_viewer_html_end);
}

struct text embedded_viewer(void)
{
    return embedded_text(embedded_rapidoc_js, embedded_rapidoc_js_end);
}
#else
struct text embedded_viewer_page(void)
{
    return TEXT_NONE;
}

struct text embedded_viewer(void)
{
    return TEXT_NONE;
}
#endif
