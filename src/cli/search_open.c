#include "cli/search_open.h"

#include "base/buffer.h"
#include "cli/search_cluster.h"
#include "search/index/index.h"

#include <stdio.h>
#include <string.h>

enum { SYNONYMS_BYTES_MAX = 1 << 20 };

/* The whole file; false when it cannot be read or is too large. */
static bool read_file(const char *path, struct buffer *bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    char part[4096];
    size_t size;
    while ((size = fread(part, 1, sizeof part, file)) > 0 && bytes->length <= SYNONYMS_BYTES_MAX)
        buffer_append(bytes, part, size);
    bool is_whole = ferror(file) == 0 && bytes->length <= SYNONYMS_BYTES_MAX;
    (void)fclose(file);
    return is_whole && text_is_utf8(buffer_text(bytes));
}

static struct search_backend *open_index(const struct config *config, struct view *view,
                                         struct text synonyms)
{
    const struct index_options options = {
        .view = view, .language = text_of(config->search_language), .synonyms = synonyms};
    struct search_backend *search = index_open(&options);
    if (search == NULL)
        (void)fprintf(stderr,
                      "shopd: search_language: no stemmer for \"%s\"; english, german, french, "
                      "spanish, italian, portuguese, dutch, swedish, norwegian, danish, "
                      "finnish, russian, hungarian, romanian, turkish and others are known\n",
                      config->search_language);
    return search;
}

static struct search_backend *open_backend(const struct config *config, struct open_shop *open,
                                           struct text synonyms)
{
    bool is_cluster = strcmp(config->search_backend, "elastic") == 0;
    if (!is_cluster && strcmp(config->search_backend, "index") != 0) {
        (void)fprintf(stderr, "shopd: search_backend: index or elastic\n");
        return NULL;
    }
    struct search_backend *index = NULL;
    if (!is_cluster || config->search_fallback != 0) {
        index = open_index(config, open->view, synonyms);
        if (index == NULL)
            return NULL;
    }
    return is_cluster ? search_cluster_open(config, open, synonyms, index) : index;
}

struct search_backend *search_open(const struct config *config, struct open_shop *open)
{
    struct buffer synonyms;
    buffer_init(&synonyms, 256);
    struct search_backend *search = NULL;
    if (config->search_synonyms[0] != '\0' && !read_file(config->search_synonyms, &synonyms))
        (void)fprintf(stderr,
                      "shopd: search_synonyms: %s cannot be read, is not UTF-8 or has more than "
                      "%d bytes\n",
                      config->search_synonyms, SYNONYMS_BYTES_MAX);
    else
        search = open_backend(config, open, buffer_text(&synonyms));
    buffer_release(&synonyms);
    return search;
}
