#include "search/words.h"

static const void *prepare(const struct search_scan *scan)
{
    return search_words_prepare(scan);
}

static bool accepts(const void *state, const struct search_row *row)
{
    return search_words_match(state, row->product);
}

const struct search_filter filter_words = {prepare, accepts};
