#include "sim/repeats.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { KEYED_IN = 3, AGAIN_IN = 2, OTHER_BODY_IN = 6 };

void repeats_init(struct repeats *repeats)
{
    *repeats = (struct repeats){.rows = memory_alloc_zeroed(REPEATS_MAX, sizeof(struct repeat))};
}

void repeats_release(struct repeats *repeats)
{
    memory_free(repeats->rows);
}

static struct repeat *find(const struct repeats *repeats, uint64_t key)
{
    for (uint32_t i = 0; i < repeats->count; i++) {
        if (repeats->rows[i].key == key)
            return &repeats->rows[i];
    }
    check_failed("every key has its row", __FILE__, __LINE__);
}

void repeats_roll(struct repeats *repeats, struct intent *intent, struct random *random)
{
    if (intent->kind == INTENT_CHECKOUT || random_below(random, KEYED_IN) != 0)
        return;
    if (repeats->count > 0 && random_below(random, AGAIN_IN) == 0) {
        struct arena arena = intent->arena;
        *intent = repeats->rows[random_below(random, repeats->count)].intent;
        intent->arena = arena;
        if (random_below(random, OTHER_BODY_IN) == 0)
            intent->once_body++;
        return;
    }
    if (repeats->count == REPEATS_MAX)
        return;
    intent->once_key = random_u64(random) | 1;
    intent->once_body = random_u64(random);
    struct repeat *row = &repeats->rows[repeats->count++];
    *row = (struct repeat){.key = intent->once_key, .body = intent->once_body, .intent = *intent};
}

static void render(struct command *command, struct once_answer *answer_out)
{
    struct intent *intent = container_of(command, struct intent, command);
    char *bytes = arena_alloc(command->arena, REPEAT_TEXT_SIZE);
    int length = snprintf(bytes, REPEAT_TEXT_SIZE, "answer %u", ++*intent->renders);
    answer_out->bytes = (struct text){bytes, (uint32_t)length};
}

static void copy_key(const struct intent *intent, uint8_t key_out[16])
{
    uint64_t halves[2] = {intent->once_key, ~intent->once_key};
    memcpy(key_out, halves, sizeof halves);
}

void repeats_attach(struct repeats *repeats, struct intent *intent)
{
    if (intent->once_key == 0)
        return;
    intent->once = (struct once){.body_hash = intent->once_body, .render = render};
    copy_key(intent, intent->once.key);
    intent->renders = &repeats->renders;
    intent->command.once = &intent->once;
}

struct verdict repeats_judge(struct repeats *repeats, const struct intent *intent,
                             struct model *model, bool *is_repeat_out)
{
    *is_repeat_out = false;
    if (intent->once_key == 0)
        return intent_judge(intent, model);
    struct repeat *row = find(repeats, intent->once_key);
    if (row->is_done) {
        *is_repeat_out = row->body == intent->once_body;
        return (struct verdict){.code = *is_repeat_out ? ERR_NONE : ERR_IDEMPOTENCY_REUSED};
    }
    struct verdict verdict = intent_judge(intent, model);
    if (verdict.code == ERR_NONE) {
        struct text answer = intent->once.answer.bytes;
        ensure(answer.length < sizeof row->answer);
        row->is_done = true;
        row->body = intent->once_body;
        if (answer.length > 0)
            memcpy(row->answer, answer.data, answer.length);
    }
    return verdict;
}

const char *repeats_compare(const struct repeats *repeats, const struct intent *intent,
                            bool is_repeat)
{
    if (intent->once_key == 0 || intent->command.err.code != ERR_NONE)
        return NULL;
    if (intent->once.is_repeat != is_repeat)
        return "a repetition taken for a new request, or the reverse";
    const struct repeat *row = find(repeats, intent->once_key);
    if (!text_equal(intent->once.answer.bytes, text_of(row->answer)))
        return "a repetition with another answer";
    return NULL;
}

struct search {
    uint8_t key[16];
    bool is_found;
};

static bool look(void *context, const struct answer *answer)
{
    struct search *search = context;
    search->is_found = memcmp(answer->key, search->key, sizeof search->key) == 0;
    return !search->is_found;
}

bool repeats_is_recorded(const struct intent *intent, struct store_reader *reader)
{
    struct search search = {.is_found = false};
    copy_key(intent, search.key);
    ensure(store_read_answers(reader, look, &search).code == ERR_NONE);
    return search.is_found;
}
