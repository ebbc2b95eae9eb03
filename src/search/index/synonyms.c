#include "search/index/synonyms.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include "search/index/tokens.h"

#include <string.h>

struct synonyms {
    struct map by_member; /* hash of a member's terms -> position of its group + 1 */
    struct synonym_group *groups;
    uint32_t group_count;
    uint32_t group_capacity;
};

static uint64_t hash_terms(const uint32_t *terms, uint32_t count)
{
    uint64_t hash = hash_bytes(terms, count * sizeof terms[0]);
    return hash == 0 ? 1 : hash;
}

/* False when it has no words, or too many. */
static bool read_member(struct text text, struct terms *terms, struct synonym_member *member)
{
    struct token_cursor cursor;
    struct search_token token;
    *member = (struct synonym_member){0};
    tokens_begin(&cursor, text);
    while (tokens_next(&cursor, &token)) {
        uint32_t word = terms_add_word(terms, &token);
        if (word == WORD_NONE || member->term_count == SYNONYM_WORDS_MAX)
            return false;
        member->terms[member->term_count++] = terms->words[word].term;
    }
    return member->term_count > 0;
}

static void add_line(struct synonyms *synonyms, struct text line, struct terms *terms,
                     uint32_t *left_out)
{
    struct synonym_group group = {0};
    struct text part;
    while (text_cut(&line, ',', &part)) {
        if (text_trim(part).length == 0)
            continue;
        bool has_room = group.member_count < SYNONYM_MEMBERS_MAX;
        if (has_room && read_member(part, terms, &group.members[group.member_count]))
            group.member_count++;
        else
            (*left_out)++;
    }
    if (group.member_count < 2)
        return;
    if (synonyms->group_count == synonyms->group_capacity)
        synonyms->groups =
            memory_grow(synonyms->groups, &synonyms->group_capacity, sizeof synonyms->groups[0]);
    synonyms->groups[synonyms->group_count++] = group;
    for (uint32_t i = 0; i < group.member_count; i++)
        map_put(&synonyms->by_member,
                hash_terms(group.members[i].terms, group.members[i].term_count),
                synonyms->group_count);
}

struct synonyms *synonyms_open(struct text lines, struct terms *terms, uint32_t *left_out_out)
{
    struct synonyms *synonyms = memory_alloc_zeroed(1, sizeof *synonyms);
    map_init(&synonyms->by_member, 16);
    *left_out_out = 0;
    struct text line;
    while (text_cut(&lines, '\n', &line)) {
        line = text_trim(line);
        if (line.length > 0 && line.data[0] != '#')
            add_line(synonyms, line, terms, left_out_out);
    }
    if (synonyms->group_count > 0)
        return synonyms;
    synonyms_close(synonyms);
    return NULL;
}

void synonyms_close(struct synonyms *synonyms)
{
    if (synonyms == NULL)
        return;
    map_release(&synonyms->by_member);
    memory_free(synonyms->groups);
    memory_free(synonyms);
}

const struct synonym_group *synonyms_find(const struct synonyms *synonyms, const uint32_t *terms,
                                          uint32_t count)
{
    uint64_t position;
    if (synonyms == NULL || count == 0 || count > SYNONYM_WORDS_MAX ||
        !map_find(&synonyms->by_member, hash_terms(terms, count), &position))
        return NULL;
    const struct synonym_group *group = &synonyms->groups[position - 1];
    for (uint32_t i = 0; i < group->member_count; i++) {
        const struct synonym_member *member = &group->members[i];
        if (member->term_count == count &&
            memcmp(member->terms, terms, count * sizeof terms[0]) == 0)
            return group;
    }
    return NULL;
}
