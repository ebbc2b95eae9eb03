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

static bool is_told_by_bits(const struct asked_word *word)
{
    return !word->is_left_out && word->entries == NULL;
}

static void find_heavy(struct ranking *ranking)
{
    const struct words *words = ranking->scan->words;
    for (uint32_t i = 0; i < words->count; i++) {
        const struct asked_word *word = words->words[i];
        if (!is_told_by_bits(word))
            continue;
        for (uint32_t at = 0; at < RANKING_WORDS && word != NULL; at++) {
            const struct asked_word *other = ranking->heavy[at];
            if (other != NULL && other->weight >= word->weight)
                continue;
            ranking->heavy[at] = word;
            word = other;
        }
    }
}

static enum grade grade_of_tier(uint32_t tier, uint32_t heavy)
{
    uint32_t loss = heavy == 0 ? tier / GRADE_COUNT : tier % GRADE_COUNT;
    return (enum grade)(GRADE_HIGH - loss);
}

/* The most that a word gives there, to a name of so many words. */
static uint64_t place_at_most(const struct ranking *ranking, enum grade grade, uint32_t name_words)
{
    static const uint32_t places[GRADE_COUNT] = {
        [GRADE_LOW] = RANKING_LOW, [GRADE_MIDDLE] = RANKING_MIDDLE, [GRADE_HIGH] = 0};
    return grade == GRADE_HIGH ? ranking->name_table[name_words] : places[grade];
}

/* The most that the words can give a document of a tier whose name has so many words, or more of
 * the last class. */
static uint64_t words_at_most(const struct ranking *ranking, uint32_t tier, uint32_t name_words)
{
    const struct words *words = ranking->scan->words;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < words->count; i++) {
        const struct asked_word *word = words->words[i];
        if (word->is_left_out)
            continue;
        enum grade grade = GRADE_HIGH;
        for (uint32_t heavy = 0; heavy < RANKING_WORDS; heavy++) {
            if (word == ranking->heavy[heavy])
                grade = grade_of_tier(tier, heavy);
        }
        sum += word->weight * place_at_most(ranking, grade, name_words);
    }
    return sum / ONE;
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
    find_heavy(ranking);
    for (uint32_t tier = 0; tier < RANKING_TIERS; tier++) {
        for (uint32_t class = 0; class < KERNEL_CLASSES; class ++)
            ranking->words_at_most[tier][class] = (uint32_t)words_at_most(ranking, tier, class);
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
        enum grade grade = word_grade(scan, word, doc);
        uint64_t place = place_at_most(ranking, grade, PEEK(columns->name_words[doc]));
        if (grade == GRADE_HIGH && !word_is_exact(word, doc))
            place = place * 3 / 4;
        sum += word->weight * place;
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

/* What the tier needs, worked out when it is met: most pages meet two or three, nearly all of it in
 * stock. */
static const uint8_t *merits_of(struct ranking *ranking, uint32_t tier, bool is_in_stock)
{
    uint8_t *merits = ranking->merits[tier][is_in_stock];
    uint32_t bit = 1U << (tier * 2 + is_in_stock);
    if ((ranking->bounded & bit) != 0)
        return merits;
    ranking->bounded |= bit;
    for (uint32_t words = 0; words < KERNEL_CLASSES; words++) {
        uint64_t most = ranking->words_at_most[tier][words];
        if (!is_in_stock)
            most = most * RANKING_OUT_OF_STOCK / ONE;
        merits[words] = merit_needed(ranking->worst_score, most);
    }
    return merits;
}

static void bound_merits(struct ranking *ranking, uint64_t worst_score)
{
    ranking->worst_score = worst_score;
    ranking->bounded = 0;
    const uint8_t *needed = merits_of(ranking, 0, true);
    ranking->merit_least = UINT8_MAX;
    for (uint32_t words = 0; words < KERNEL_CLASSES; words++) {
        if (needed[words] < ranking->merit_least)
            ranking->merit_least = needed[words];
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

static uint32_t tier_of(const struct ranking *ranking, uint32_t doc)
{
    uint32_t tier = 0;
    for (uint32_t i = 0; i < RANKING_WORDS; i++) {
        const struct asked_word *word = ranking->heavy[i];
        tier *= GRADE_COUNT;
        if (word != NULL && !bits_has(word->high, doc))
            tier += word->range_count > 0 || bits_has(word->middle, doc) ? 1 : 2;
    }
    return tier;
}

static bool has_merit(struct ranking *ranking, uint32_t doc)
{
    const struct columns *columns = &ranking->scan->index->columns;
    uint8_t merit = PEEK(columns->merit[doc]);
    uint32_t words = PEEK(columns->name_words[doc]);
    uint32_t class = words < KERNEL_CLASSES ? words : KERNEL_CLASSES - 1;
    bool is_in_stock = bit_get(columns->in_stock, doc);
    return merit >= merits_of(ranking, tier_of(ranking, doc), is_in_stock)[class];
}

bool ranking_looks_good(struct ranking *ranking, uint32_t doc)
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

/* --- a zone --- */

/* By where a word stands, as tier_of() has it. */
static void part_by_place(const struct ranking *ranking, const struct asked_word *word,
                          uint32_t zone, uint32_t blocks, const uint64_t masks[ZONE_BLOCKS],
                          struct kernel_parts *parts_out)
{
    uint64_t high_room[ZONE_BLOCKS];
    uint64_t middle_room[ZONE_BLOCKS];
    const uint64_t *high = bits_zone(word->high, zone, high_room);
    const uint64_t *middle =
        word->range_count > 0 ? NULL : bits_zone(word->middle, zone, middle_room);
    ranking->scan->index->kernels->part(masks, blocks, high, middle, parts_out);
}

struct pruning {
    struct ranking *ranking;
    uint32_t zone;
    uint32_t blocks; /* of which any is kept */
    uint64_t *kept;
};

/* Of these blocks those in which a document of the tier may be wanted. */
static uint32_t chance_of(const struct pruning *pruning, uint32_t tier, uint32_t blocks)
{
    const struct index *index = pruning->ranking->scan->index;
    const uint8_t *merits =
        index->columns.merit_most + (size_t)pruning->zone * ZONE_BLOCKS * KERNEL_CLASSES;
    if (blocks == 0)
        return 0;
    return blocks & index->kernels->any_at_least(merits, merits_of(pruning->ranking, tier, true));
}

/* Keeps what of the tier has the merit. What is out of stock needs more of it:
 * ranking_may_enter() tells. */
static void keep_by_merit(struct pruning *pruning, uint32_t tier, uint32_t blocks,
                          const uint64_t masks[ZONE_BLOCKS])
{
    const struct index *index = pruning->ranking->scan->index;
    size_t first = (size_t)pruning->zone * ZONE_DOCS;
    pruning->blocks |= index->kernels->keep_at_least(
        index->columns.merit + first, index->columns.name_words + first,
        merits_of(pruning->ranking, tier, true), blocks, masks, pruning->kept);
}

/* The first `told` heavy words stand where the tier says, of the others nobody knows. With those in
 * the name it needs the least: where that has no chance, nobody asks where they stand. */
static void keep_by_place(struct pruning *pruning, uint32_t told, uint32_t tier, uint32_t blocks,
                          const uint64_t masks[ZONE_BLOCKS])
{
    const struct asked_word *word = told < RANKING_WORDS ? pruning->ranking->heavy[told] : NULL;
    if (word == NULL) {
        keep_by_merit(pruning, tier, blocks, masks);
        return;
    }
    struct kernel_parts parts;
    part_by_place(pruning->ranking, word, pruning->zone, blocks, masks, &parts);
    const struct kernel_part *by_place[GRADE_COUNT] = {&parts.high, &parts.middle, &parts.rest};
    uint32_t step = told == 0 ? GRADE_COUNT : 1;
    for (uint32_t i = 0; i < GRADE_COUNT; i++) {
        const struct kernel_part *part = by_place[i];
        uint32_t there = tier + i * step;
        uint32_t left = i == 0 ? part->blocks : chance_of(pruning, there, part->blocks);
        if (left != 0)
            keep_by_place(pruning, told + 1, there, left, part->masks);
    }
}

static uint32_t prune_by_merit(struct ranking *ranking, uint32_t zone, uint32_t blocks,
                               const uint64_t masks[ZONE_BLOCKS], uint64_t kept_out[ZONE_BLOCKS])
{
    struct pruning pruning = {.ranking = ranking, .zone = zone, .kept = kept_out};
    blocks = chance_of(&pruning, 0, blocks);
    if (blocks == 0)
        return 0;
    memset(kept_out, 0, ZONE_BLOCKS * sizeof kept_out[0]);
    keep_by_place(&pruning, 0, 0, blocks, masks);
    return pruning.blocks;
}

uint32_t ranking_prune(struct ranking *ranking, uint32_t zone, uint32_t blocks,
                       const uint64_t masks[ZONE_BLOCKS], uint64_t kept_out[ZONE_BLOCKS])
{
    const struct kernels *kernels = ranking->scan->index->kernels;
    size_t first = (size_t)zone * ZONE_DOCS;
    uint64_t unused[ZONE_BLOCKS];
    if (ranking->is_tight && ranking->steps == NULL && ranking->column == NULL)
        return prune_by_merit(ranking, zone, blocks, masks, kept_out);
    memcpy(kept_out, masks, ZONE_BLOCKS * sizeof kept_out[0]);
    if (!ranking->is_tight)
        return blocks;
    if (ranking->steps != NULL) {
        kernels->zone_pair(ranking->steps + first, ranking->fines + first, ranking->place_low,
                           ranking->place_high, kept_out, unused);
        return kernels->blocks_any(kept_out);
    }
    for (uint32_t left = blocks; left != 0; left &= left - 1) {
        uint32_t at = (uint32_t)__builtin_ctz(left);
        kept_out[at] &= kernels->range_u32(ranking->column + first + (size_t)at * BLOCK,
                                           ranking->column_low, ranking->column_high);
    }
    return blocks;
}
