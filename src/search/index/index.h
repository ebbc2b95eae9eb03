/*
 * index.h - the search index in memory: columns, posting lists and a dictionary, derived from the
 * readers' view and kept in step with it. Nothing of it is on disk.
 *
 * One writer (the executor's thread, as a listener of the view); any number of readers, who never
 * wait: see docs/adr/0013-the-search-index.md.
 */
#ifndef SEARCH_INDEX_INDEX_H
#define SEARCH_INDEX_INDEX_H

#include "base/text.h"
#include "search/backend.h"
#include "search/view.h"

struct index_options {
    struct view *view;    /* published; outlives the index */
    struct text language; /* of the stemmer: "english", "german", ... as libstemmer names them */
    struct text synonyms; /* lines of "a, b c, d": each of them finds the others; may be empty */
};

/* Reads every product of the view, then listens to it. NULL when the stemmer has no such language.
 */
struct search_backend *index_open(const struct index_options *options) MUST_USE;

#endif
