#include "search/words.h"

#include "search/substring.h"

#include <string.h>

struct search_words {
    uint32_t count;
    struct text words[SEARCH_WORDS_MAX]; /* in lower case */
    uint32_t category_count;
    uint16_t category_masks[]; /* by category: bit i: word i is in its path */
};

_Static_assert(SEARCH_WORDS_MAX <= 16, "a bit of category_masks per word");

/* Where a word may stand, and what that says about the product. */
static const struct word_place {
    enum product_text text;
    uint32_t weight;
} word_places[] = {
    {PRODUCT_NAME, 8},
    {PRODUCT_BRAND, 4},
    {PRODUCT_SKU, 4},
    {PRODUCT_DESCRIPTION, 1},
};
enum { CATEGORY_WEIGHT = 2 };

/* All places lie in one run of bytes; the slug lies there too and does not count. */
_Static_assert(PRODUCT_SKU == 0, "first text");
_Static_assert(PRODUCT_BRAND == 4, "behind SKU, slug, name, description");

static bool is_space(char letter)
{
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

static void split(struct search_words *words, struct text text)
{
    uint32_t at = 0;
    while (words->count < SEARCH_WORDS_MAX) {
        while (at < text.length && is_space(text.data[at]))
            at++;
        uint32_t start = at;
        while (at < text.length && !is_space(text.data[at]))
            at++;
        if (at == start)
            return;
        words->words[words->count++] = (struct text){text.data + start, at - start};
    }
}

static uint16_t mask_of_name(const struct search_words *words, const struct category *category)
{
    uint16_t mask = 0;
    for (uint32_t i = 0; i < words->count; i++) {
        if (substring_occurs(text_of(category->name), words->words[i]))
            mask = (uint16_t)(mask | 1U << i);
    }
    return mask;
}

static uint16_t mask_of_path(const struct search_scan *scan, const uint16_t *name_masks,
                             uint32_t number)
{
    uint16_t mask = 0;
    for (uint32_t depth = 0; depth <= CATEGORY_DEPTH_MAX && number != 0; depth++) {
        mask |= name_masks[number];
        number = scan->categories->categories[number].parent;
    }
    return mask;
}

const struct search_words *search_words_prepare(const struct search_scan *scan)
{
    uint32_t count = scan->categories->count;
    size_t masks_size = ((size_t)count + 1) * sizeof(uint16_t);
    struct search_words *words = arena_alloc(scan->arena, sizeof *words + masks_size);
    split(words, substring_fold(scan->arena, scan->query->words));
    if (words->count == 0)
        return NULL;
    words->category_count = count;
    uint16_t *name_masks = arena_alloc(scan->arena, masks_size);
    for (uint32_t number = 1; number <= count; number++)
        name_masks[number] = mask_of_name(words, &scan->categories->categories[number]);
    for (uint32_t number = 1; number <= count; number++)
        words->category_masks[number] = mask_of_path(scan, name_masks, number);
    return words;
}

static uint16_t category_mask(const struct search_words *words, const struct product *product)
{
    return product->category <= words->category_count ? words->category_masks[product->category]
                                                      : 0;
}

static struct text all_places(const struct product *product)
{
    return (struct text){product->text, product->text_ends[PRODUCT_BRAND]};
}

static bool occurs_somewhere(const struct product *product, struct text word)
{
    /* Most products do not have it: one look over all of it says so. */
    if (!substring_occurs(all_places(product), word))
        return false;
    for (uint32_t i = 0; i < countof(word_places); i++) {
        if (substring_occurs(product_text(product, word_places[i].text), word))
            return true;
    }
    return false;
}

bool search_words_match(const struct search_words *words, const struct product *product)
{
    uint32_t mask = category_mask(words, product);
    for (uint32_t i = 0; i < words->count; i++) {
        if ((mask >> i & 1U) == 0 && !occurs_somewhere(product, words->words[i]))
            return false;
    }
    return true;
}

uint32_t search_words_score(const struct search_words *words, const struct product *product)
{
    uint32_t mask = category_mask(words, product);
    uint32_t score = 0;
    for (uint32_t i = 0; i < words->count; i++) {
        score += (mask >> i & 1U) * CATEGORY_WEIGHT;
        for (uint32_t j = 0; j < countof(word_places); j++) {
            struct text text = product_text(product, word_places[j].text);
            score += substring_occurs(text, words->words[i]) ? word_places[j].weight : 0;
        }
    }
    return score;
}
