#include "search/index/ranking.h"

#include "search/index/words.h"

enum { ONE = 256 };

static void make_name_table(struct ranking *ranking)
{
    uint64_t products = ranking->scan->products;
    uint64_t sum = PEEK(ranking->scan->index->name_words_sum);
    uint64_t mean = products == 0 ? 1 : (sum + products / 2) / products;
    if (mean == 0)
        mean = 1;
    for (uint64_t words = 0; words <= NAME_WORDS_MAX; words++) {
        /* 563 / (1.3 + 0.9 words / mean), all times 2,560 */
        uint64_t value = UINT64_C(563) * 2560 / (3328 + 2304 * words / mean);
        ranking->name_table[words] =
            value < RANKING_NAME_LEAST ? RANKING_NAME_LEAST : (uint32_t)value;
    }
}

/* The most that the words can give a document of a tier whose name has so many words, or more of
 * the last class. */
static uint64_t words_at_most(const struct ranking *ranking, enum ranking_tier tier,
                              uint32_t name_words)
{
    const struct words *words = ranking->scan->words;
    uint64_t high = ranking->name_table[name_words];
    uint64_t sum = 0;
    uint64_t least_loss = UINT64_MAX;
    for (uint32_t i = 0; i < words->count; i++) {
        const struct asked_word *word = words->words[i];
        if (word->is_left_out)
            continue;
        uint64_t loss = word->weight * (high - RANKING_MIDDLE);
        least_loss = loss < least_loss ? loss : least_loss;
        sum += word->weight * (tier == TIER_ALL_LOW ? RANKING_LOW : high);
    }
    return (tier == TIER_MIXED && least_loss < sum ? sum - least_loss : sum) / ONE;
}

/* Without words relevance is the order of entry. */
static bool has_words(const struct ranking *ranking)
{
    return ranking->scan->words != NULL;
}

static void use_places(struct ranking *ranking)
{
    const struct columns *columns = &ranking->scan->index->columns;
    switch (ranking->sort) {
    case SEARCH_PRICE_ASC:
    case SEARCH_PRICE_DESC:
        ranking->steps = columns->price_step;
        ranking->fines = columns->price_fine;
        return;
    case SEARCH_RATING:
        ranking->steps = columns->rating_step;
        ranking->fines = columns->rating_fine;
        return;
    case SEARCH_RELEVANCE:
    case SEARCH_CREATED:
    case SEARCH_SOLD:
    case SEARCH_SORT_COUNT:
        return;
    }
}

static const uint32_t *column_of(const struct scan *scan)
{
    const struct columns *columns = &scan->index->columns;
    switch (scan->query->sort) {
    case SEARCH_RELEVANCE:
        return scan->words == NULL ? columns->number : NULL;
    case SEARCH_CREATED:
        return columns->number;
    case SEARCH_PRICE_ASC:
    case SEARCH_PRICE_DESC:
    case SEARCH_RATING:
        return NULL;
    case SEARCH_SOLD:
        return columns->sold;
    case SEARCH_SORT_COUNT:
        break;
    }
    check_failed("a known sort", __FILE__, __LINE__);
}

void ranking_init(struct ranking *ranking, const struct scan *scan)
{
    *ranking = (struct ranking){.scan = scan, .sort = scan->query->sort, .column_high = UINT32_MAX};
    ranking->column = column_of(scan);
    use_places(ranking);
    if (ranking->sort != SEARCH_RELEVANCE || !has_words(ranking))
        return;
    make_name_table(ranking);
    for (uint32_t tier = 0; tier < RANKING_TIERS; tier++) {
        for (uint32_t class = 0; class < KERNEL_CLASSES; class ++)
            ranking->words_at_most[tier][class] =
                (uint32_t)words_at_most(ranking, (enum ranking_tier)tier, class);
    }
}

static uint32_t relevance(const struct ranking *ranking, uint32_t doc)
{
    const struct scan *scan = ranking->scan;
    const struct columns *columns = &scan->index->columns;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < scan->words->count; i++) {
        struct asked_word *word = scan->words->words[i];
        if (word->is_left_out)
            continue;
        static const uint32_t places[GRADE_COUNT] = {
            [GRADE_LOW] = RANKING_LOW, [GRADE_MIDDLE] = RANKING_MIDDLE, [GRADE_HIGH] = 0};
        enum grade grade = word_grade(scan, word, doc);
        uint32_t place = grade == GRADE_HIGH ? ranking->name_table[PEEK(columns->name_words[doc])]
                                             : places[grade];
        if (grade == GRADE_HIGH && !word_is_exact(word, doc))
            place = place * 3 / 4;
        sum += (uint64_t)word->weight * place;
    }
    sum /= ONE;
    if (!bit_get(columns->in_stock, doc))
        sum = sum * RANKING_OUT_OF_STOCK / ONE;
    return (uint32_t)sum + RANKING_MERIT * PEEK(columns->merit[doc]);
}

int64_t ranking_rank(const struct ranking *ranking, uint32_t doc)
{
    const struct columns *columns = &ranking->scan->index->columns;
    switch (ranking->sort) {
    case SEARCH_RELEVANCE:
        return has_words(ranking) ? -(int64_t)relevance(ranking, doc) : 0;
    case SEARCH_PRICE_ASC:
        return scan_price(ranking->scan, doc);
    case SEARCH_PRICE_DESC:
        return -scan_price(ranking->scan, doc);
    case SEARCH_RATING:
        return -((int64_t)PEEK(columns->rating[doc]) << 32 | PEEK(columns->reviews[doc]));
    case SEARCH_CREATED:
        return -(int64_t)PEEK(columns->number[doc]);
    case SEARCH_SOLD:
        return -(int64_t)PEEK(columns->sold[doc]);
    case SEARCH_SORT_COUNT:
        break;
    }
    check_failed("a known sort", __FILE__, __LINE__);
}

static uint32_t clamp(int64_t value)
{
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint8_t merit_needed(uint64_t worst_score, uint64_t words_score)
{
    if (words_score >= worst_score)
        return 0;
    uint64_t merit = (worst_score - words_score + RANKING_MERIT - 1) / RANKING_MERIT;
    return merit > UINT8_MAX ? UINT8_MAX : (uint8_t)merit;
}

static void bound_merits(struct ranking *ranking, uint64_t worst_score)
{
    ranking->merit_least = UINT8_MAX;
    for (uint32_t tier = 0; tier < RANKING_TIERS; tier++) {
        for (uint32_t words = 0; words < KERNEL_CLASSES; words++) {
            uint64_t most = ranking->words_at_most[tier][words];
            uint8_t needed = merit_needed(worst_score, most);
            ranking->merits[tier][true][words] = needed;
            ranking->merits[tier][false][words] =
                merit_needed(worst_score, most * RANKING_OUT_OF_STOCK / ONE);
            if (needed < ranking->merit_least)
                ranking->merit_least = needed;
        }
    }
}

static uint16_t price_place(int64_t rank)
{
    return columns_price_place(rank < 0 ? -rank : rank);
}

static uint16_t rating_place(int64_t rank)
{
    return columns_rating_place((uint16_t)(-rank >> 32), (uint32_t)-rank);
}

/* A page begins behind `after` and ends with `worst`; both are ranks. */
static void bound(struct ranking *ranking, struct search_cursor after, struct search_cursor worst)
{
    bool has_after = after.number != 0;
    switch (ranking->sort) {
    case SEARCH_PRICE_ASC:
        ranking->place_low = has_after ? price_place(after.rank) : 0;
        ranking->place_high = price_place(worst.rank);
        return;
    case SEARCH_PRICE_DESC:
        ranking->place_low = price_place(worst.rank);
        ranking->place_high = has_after ? price_place(after.rank) : PLACE_MAX;
        return;
    case SEARCH_RATING:
        ranking->place_low = rating_place(worst.rank);
        ranking->place_high = has_after ? rating_place(after.rank) : PLACE_MAX;
        return;
    case SEARCH_CREATED:
    case SEARCH_SOLD:
        ranking->column_low = clamp(-worst.rank);
        ranking->column_high = has_after ? clamp(-after.rank) : UINT32_MAX;
        return;
    case SEARCH_RELEVANCE:
        if (has_words(ranking)) {
            bound_merits(ranking, (uint64_t)-worst.rank);
            return;
        }
        ranking->column_low = has_after ? after.number : 0;
        ranking->column_high = worst.number;
        return;
    case SEARCH_SORT_COUNT:
        break;
    }
    check_failed("a known sort", __FILE__, __LINE__);
}

void ranking_tighten(struct ranking *ranking, struct search_cursor worst)
{
    bound(ranking, ranking->scan->query->after, worst);
    ranking->is_tight = true;
}

/* As far as bitmaps tell; a higher tier than its own does no harm. */
static enum ranking_tier tier_of(const struct scan *scan, uint32_t doc)
{
    for (uint32_t i = 0; i < scan->words->count; i++) {
        const struct asked_word *word = scan->words->words[i];
        if (!word->is_left_out && word->entries == NULL && !bits_has(word->high, doc))
            return TIER_MIXED;
    }
    return TIER_ALL_HIGH;
}

static bool has_merit(const struct ranking *ranking, uint32_t doc)
{
    const struct columns *columns = &ranking->scan->index->columns;
    uint8_t merit = PEEK(columns->merit[doc]);
    uint32_t words = PEEK(columns->name_words[doc]);
    uint32_t class = words < KERNEL_CLASSES ? words : KERNEL_CLASSES - 1;
    bool is_in_stock = bit_get(columns->in_stock, doc);
    return merit >= ranking->merits[tier_of(ranking->scan, doc)][is_in_stock][class];
}

bool ranking_looks_good(const struct ranking *ranking, uint32_t doc)
{
    if (ranking->steps != NULL) {
        uint16_t place = columns_place(PEEK(ranking->steps[doc]), PEEK(ranking->fines[doc]));
        return place >= ranking->place_low && place <= ranking->place_high;
    }
    const uint32_t *column = ranking->column;
    if (column == NULL)
        return has_merit(ranking, doc);
    return PEEK(column[doc]) >= ranking->column_low && PEEK(column[doc]) <= ranking->column_high;
}

struct ranking_chance ranking_zone(const struct ranking *ranking, uint32_t zone)
{
    enum { ALL = (1 << ZONE_BLOCKS) - 1 };
    struct ranking_chance chance = {{ALL, ALL, ALL}};
    if (!ranking->is_tight || ranking->steps != NULL || ranking->column != NULL)
        return chance;
    const struct index *index = ranking->scan->index;
    const uint8_t *merits = index->columns.merit_most + (size_t)zone * ZONE_BLOCKS * KERNEL_CLASSES;
    for (uint32_t tier = 0; tier < RANKING_TIERS; tier++) {
        bool has_any = tier == TIER_ALL_HIGH || chance.blocks[TIER_ALL_HIGH] != 0;
        chance.blocks[tier] =
            has_any ? index->kernels->any_at_least(merits, ranking->merits[tier][true]) : 0;
    }
    return chance;
}

/* What is out of stock needs more merit: ranking_may_enter() tells. */
static uint64_t tier_by_merit(const struct ranking *ranking, enum ranking_tier tier, uint32_t block,
                              uint64_t mask)
{
    if (mask == 0)
        return 0;
    const struct columns *columns = &ranking->scan->index->columns;
    const struct kernels *kernels = ranking->scan->index->kernels;
    const uint8_t *merits = columns->merit + (size_t)block * BLOCK;
    const uint8_t *classes = columns->name_words + (size_t)block * BLOCK;
    return mask & kernels->at_least_u8(merits, classes, ranking->merits[tier][true]);
}

static uint64_t by_merit(const struct ranking *ranking, const struct ranking_chance *chance,
                         uint32_t block, uint64_t mask)
{
    const struct scan *scan = ranking->scan;
    uint64_t tiers[RANKING_TIERS] = {[TIER_ALL_HIGH] = mask, [TIER_ALL_LOW] = mask};
    for (uint32_t i = 0; i < scan->words->count; i++) {
        const struct asked_word *word = scan->words->words[i];
        if (word->is_left_out)
            continue;
        uint64_t high = bits_block(word->high, block);
        uint64_t low = word->range_count > 0 ? 0 : ~high & ~bits_block(word->middle, block);
        tiers[TIER_ALL_HIGH] &= high;
        tiers[TIER_ALL_LOW] &= low;
    }
    tiers[TIER_MIXED] = mask & ~tiers[TIER_ALL_HIGH] & ~tiers[TIER_ALL_LOW];
    uint64_t kept = 0;
    for (uint32_t tier = 0; tier < RANKING_TIERS; tier++) {
        if (chance->blocks[tier] >> block % ZONE_BLOCKS & 1)
            kept |= tier_by_merit(ranking, (enum ranking_tier)tier, block, tiers[tier]);
    }
    return kept;
}

uint64_t ranking_block(const struct ranking *ranking, const struct ranking_chance *chance,
                       uint32_t block, uint64_t mask)
{
    if (!ranking->is_tight)
        return mask;
    uint64_t unused;
    if (ranking->steps != NULL)
        return mask & ranking->scan->index->kernels->range_pair(
                          ranking->steps + (size_t)block * BLOCK,
                          ranking->fines + (size_t)block * BLOCK, ranking->place_low,
                          ranking->place_high, &unused);
    if (ranking->column != NULL)
        return mask &
               ranking->scan->index->kernels->range_u32(ranking->column + (size_t)block * BLOCK,
                                                        ranking->column_low, ranking->column_high);
    return by_merit(ranking, chance, block, mask);
}
