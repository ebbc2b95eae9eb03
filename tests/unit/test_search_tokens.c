/* Words about as long as TOKEN_BYTES_MAX, of letters that take one to four bytes. */
#include "base/random.h"
#include "lib/oracle_tokens.h"
#include "search/index/tokens.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 256, TRIES = 30000 };

/* So many `a` with something behind them. */
static struct text lengthen(char *bytes_out, uint32_t count, const char *tail)
{
    memset(bytes_out, 'a', count);
    int length = snprintf(bytes_out + count, TEXT_MAX - count, "%s", tail);
    return (struct text){bytes_out, count + (uint32_t)length};
}

static void assert_token(const struct search_token *token, uint32_t count, const char *tail)
{
    char bytes[TEXT_MAX];
    struct text expected = lengthen(bytes, count, tail);
    if (!text_equal(token->text, expected))
        print_message("# '%.*s' for '%.*s'\n", TEXT_ARGS(token->text), TEXT_ARGS(expected));
    assert_true(text_equal(token->text, expected));
}

struct cut {
    uint32_t count;   /* of `a` in front */
    const char *tail; /* behind them */
    const char *left; /* of that */
    bool has_digit;   /* in what is left */
};

static const struct cut cuts[] = {
    {40, "", "", false},
    {40, "b", "", false},
    {39, "bc", "b", false},
    {35, "bcdefghijkl", "bcdef", false},
    {40, "я", "", false},
    {39, "я", "", false},
    {38, "я", "я", false},
    {39, "яb", "", false},
    {39, "яbcdefghijklm", "", false},
    {39, "Ωb", "", false},
    {39, "яяb", "", false},
    {38, "яb", "я", false},
    {38, "ⴰb", "", false},
    {38, "ⴰяb", "", false},
    {37, "ⴰb", "ⴰ", false},
    {37, "\U00010428ⴰяb", "", false},
    {36, "\U00010428b", "\U00010428", false},
    {39, "éb", "e", false},
    {39, "я\xCC\x81\x62", "", false},
    {38, "’яb", "я", false},
    {39, "’яb", "", false},
    {39, "я's", "", false},
    {39, "ﬀ", "f", false},
    {39, "1", "1", true},
    {40, "1", "", false},
    {32, "bcdefgh12", "bcdefgh1", true},
    {32, "bcdefghi2", "bcdefghi", false},
    {39, "я1", "", false},
    {38, "я1", "я", false},
    {38, "٣b", "٣", true},
    {39, "٣b", "", false},
    {3, "1bcdefghijklmnopqrstuvwxyzbcdefghijkя1b", "1bcdefghijklmnopqrstuvwxyzbcdefghijk", true},
};

static void the_first_letter_without_room_ends_a_word(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < countof(cuts); i++) {
        char bytes[TEXT_MAX];
        struct token_cursor cursor;
        struct search_token token;
        tokens_begin(&cursor, lengthen(bytes, cuts[i].count, cuts[i].tail));
        assert_true(tokens_next(&cursor, &token));
        assert_token(&token, cuts[i].count, cuts[i].left);
        assert_int_equal(token.has_digit, cuts[i].has_digit);
        assert_false(tokens_next(&cursor, &token)); /* the rest is no word */
    }
}

/* The same of two words at a hyphen and of what they are joined to. */
static const struct cut joined_cuts[] = {
    {38, "-bc", "bc", false}, {39, "-bc", "b", false}, {40, "-bc", "", false},
    {39, "-яb", "", false},   {38, "-яb", "я", false}, {39, "я-b", "", false},
    {38, "ⴰ-b1", "", false},  {38, "я-b", "я", false}, {38, "-b1", "b1", true},
    {39, "-b1", "b", false},  {39, "я-1", "", false},
};

static void joined_words_end_there_too(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < countof(joined_cuts); i++) {
        const struct cut *cut = &joined_cuts[i];
        char bytes[TEXT_MAX];
        struct joining_cursor cursor;
        struct search_token token;
        tokens_begin_joining(&cursor, lengthen(bytes, cut->count, cut->tail));
        for (uint32_t word = 0; word < 3; word++)
            assert_true(tokens_next_joining(&cursor, &token));
        assert_true(cursor.is_joined);
        assert_token(&token, cut->count, cut->left);
        assert_int_equal(token.has_digit, cut->has_digit);
        assert_false(tokens_next_joining(&cursor, &token));
    }
}

/* Of one to four bytes, folded to more, fewer and none, words of their own, digits and gaps. */
static const char *const points[] = {
    "b", "Z", "7",  "'", "’", "-",  " ",  "я", "Ω", "é", "ß",          "ﬀ",
    "½", "ⴰ", "日", "ไ", "٣", "－", "Ｑ", "ﷺ", "İ", "ŉ", "\U00010428", "\xCC\x81",
};

/* Nearly a word, then anything; now and then twice. */
static struct text random_text(struct random *random, char *bytes_out)
{
    uint32_t length = 0;
    for (uint64_t parts = 1 + random_below(random, 2); parts > 0; parts--) {
        uint32_t few = (uint32_t)random_below(random, 2) * 30;
        length += lengthen(bytes_out + length, few + (uint32_t)random_below(random, 12), "").length;
        for (uint64_t left = random_below(random, 10); left > 0; left--) {
            const char *point = points[random_below(random, countof(points))];
            length += lengthen(bytes_out + length, 0, point).length;
        }
    }
    return (struct text){bytes_out, length};
}

static void random_words_about_the_limit_are_those_of_the_oracle(void **state)
{
    (void)state;
    struct random random = {40};
    struct sb_stemmer *stemmer = sb_stemmer_new("english", "UTF_8");
    struct arena arena;
    arena_init(&arena, 1 << 16, (size_t)1 << 24);
    for (uint32_t i = 0; i < TRIES; i++) {
        char bytes[TEXT_MAX];
        arena_reset(&arena);
        struct text text = random_text(&random, bytes);
        bool agrees = oracle_tokens_agree(text, stemmer, &arena);
        if (!agrees)
            print_message("# try %u: '%.*s'\n", i, TEXT_ARGS(text));
        assert_true(agrees);
    }
    arena_release(&arena);
    sb_stemmer_delete(stemmer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_letter_without_room_ends_a_word),
        cmocka_unit_test(joined_words_end_there_too),
        cmocka_unit_test(random_words_about_the_limit_are_those_of_the_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
