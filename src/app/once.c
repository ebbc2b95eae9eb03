/*
 * once.c - a request that names a key is done once, however often it comes (ADR 0030).
 *
 * Keys of the last day are in memory, answers in the store. A repetition within the batch of the
 * first is answered from there, a later one waits for a loader to read the answer. A refusal leaves
 * no key. (A checkout keeps its key in its order instead: command_checkout.c, ADR 0006.)
 */
#include "app/executor_parts.h"

#include <string.h>

static struct err give_again(struct command *command, const struct answer *answer)
{
    struct once *once = command->once;
    if (answer->body_hash != once->body_hash)
        return ERR(ERR_IDEMPOTENCY_REUSED);
    if (answer->bytes.data == NULL)
        return ERR(ERR_ANSWER_ERASED);
    once->answer.bytes = arena_copy_text(command->arena, answer->bytes);
    once->is_repeat = true;
    return OK;
}

/* Of this batch, not in the store yet; NULL when it is. */
static const struct answer *find_fresh(const struct executor *executor, uint64_t number)
{
    const struct kept_answers *kept = &executor->kept;
    if (kept->count == 0 || number < kept->answers[0].number)
        return NULL;
    const struct answer *answer = &kept->answers[number - kept->answers[0].number];
    ensure(answer->number == number);
    return answer;
}

struct err once_judge(struct executor *executor, struct command *command)
{
    const struct command_loaded *loaded = &command->loaded;
    uint64_t number = keys_find(&executor->answered, command->once->key);
    command->once->is_repeat = false;
    if (number == 0)
        return OK;
    const struct answer *fresh = find_fresh(executor, number);
    if (fresh != NULL)
        return give_again(command, fresh);
    if (loaded->what != ASLEEP_ANSWER || loaded->value != number)
        return ERR_AT(ERR_ASLEEP, ASLEEP_ANSWER, number);
    const struct answer gone = {.body_hash = command->once->body_hash};
    return give_again(command, loaded->answer != NULL ? loaded->answer : &gone);
}

static void remember(struct executor *executor, const struct answer *answer)
{
    struct shop_key key = {
        .value = answer->number, .at_ms = answer->at_ms, .size = answer->bytes.length};
    memcpy(key.key, answer->key, sizeof(key.key));
    keys_put(&executor->answered, &key);
    executor->answered_bytes += key.size;
}

void once_keep(struct executor *executor, struct command *command)
{
    struct once *once = command->once;
    struct kept_answers *kept = &executor->kept;
    once->render(command, &once->answer);
    ensure(once->answer.bytes.data != NULL);
    if (kept->count == kept->capacity)
        kept->answers =
            arena_grow(&executor->arena, kept->answers, &kept->capacity, sizeof(struct answer));
    struct answer *answer = &kept->answers[kept->count++];
    *answer = (struct answer){
        .number = ++executor->last_answer,
        .body_hash = once->body_hash,
        .at_ms = decision_time(&executor->decision),
        .event = executor->shop->last_event,
        .customer = once->answer.customer,
        .bytes = once->answer.bytes,
    };
    memcpy(answer->key, once->key, sizeof(answer->key));
    remember(executor, answer);
}

void once_note(struct executor *executor, const struct answer *answer)
{
    ensure(answer->number > executor->last_answer);
    remember(executor, answer);
    executor->last_answer = answer->number;
}

static bool load_key(void *context, const struct answer *answer)
{
    once_note(context, answer);
    return true;
}

struct err once_load(struct executor *executor)
{
    struct store_reader *reader;
    keys_init(&executor->answered, executor->options.answers_max);
    TRY(store_reader_open(executor->options.store, &reader));
    struct err err = store_read_answers(reader, load_key, executor);
    store_reader_close(reader);
    return err;
}

void once_sweep(struct executor *executor)
{
    struct shop_keys *answered = &executor->answered;
    const struct executor_options *options = &executor->options;
    while (answered->first < answered->next) {
        const struct shop_key *oldest = keys_oldest(answered);
        bool is_old = oldest->at_ms + executor->shop->timeouts.key_ms < executor->decision.now_ms;
        bool is_beyond = answered->next - answered->first > options->answers_max ||
                         executor->answered_bytes > options->answer_bytes_max;
        if (!is_old && !is_beyond)
            return;
        executor->answered_bytes -= oldest->size;
        keys_drop_oldest(answered);
    }
}

uint64_t once_first_kept(const struct executor *executor)
{
    const struct shop_keys *answered = &executor->answered;
    return answered->first == answered->next ? executor->last_answer + 1
                                             : keys_oldest(answered)->value;
}
