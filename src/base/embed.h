/*
 * embed.h - files of the tree inside the program: the assembler reads them, so there is no
 * generated source and no copy. The path is from the root of the tree.
 *
 *   EMBED("embedded_page", "docs/api/index.html");
 *   extern const char embedded_page[], embedded_page_end[];
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include "base/text.h"

/* Where the tree lies when the compiler runs elsewhere: meson says so, and plain gcc runs in it. */
#ifndef SHOPD_SOURCE_ROOT
#define SHOPD_SOURCE_ROOT "."
#endif

#define EMBED(symbol, path)                                                                        \
    __asm__(".pushsection .rodata\n"                                                               \
            ".global " symbol "\n" symbol ":\n"                                                    \
            ".incbin \"" SHOPD_SOURCE_ROOT "/" path "\"\n"                                         \
            ".global " symbol "_end\n" symbol "_end:\n"                                            \
            ".byte 0\n"                                                                            \
            ".popsection\n")

static inline struct text embedded_text(const char *begin, const char *end)
{
    return (struct text){begin, (uint32_t)((uintptr_t)end - (uintptr_t)begin)};
}

#endif
