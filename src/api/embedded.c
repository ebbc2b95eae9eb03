#include "api/embedded.h"

/* Where the tree lies when the compiler runs elsewhere: meson says so, and plain gcc runs in it. */
#ifndef SHOPD_SOURCE_ROOT
#define SHOPD_SOURCE_ROOT "."
#endif

/* The assembler reads the file: no generated source, no copy. */
#define EMBED(symbol, path)                                                                        \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global " symbol "\n" symbol ":\n"                                                    \
            ".incbin \"" SHOPD_SOURCE_ROOT "/" path "\"\n"                                         \
            ".global " symbol "_end\n" symbol "_end:\n"                                            \
            ".byte 0\n"                                                                            \
            ".popsection\n")

EMBED("embedded_openapi_json", "docs/api/openapi.json");
EMBED("embedded_index_html", "docs/api/index.html");

extern const char embedded_openapi_json[];
extern const char embedded_openapi_json_end[];
extern const char embedded_index_html[];
extern const char embedded_index_html_end[];

static struct text between(const char *begin, const char *end)
{
    return (struct text){begin, (uint32_t)((uintptr_t)end - (uintptr_t)begin)};
}

struct text embedded_openapi(void)
{
    return between(embedded_openapi_json, embedded_openapi_json_end);
}

struct text embedded_docs(void)
{
    return between(embedded_index_html, embedded_index_html_end);
}
