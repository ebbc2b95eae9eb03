/*
 * command.h - something a person asks the shop to do, and how it is decided.
 *
 *   decide:  state + command + now_ms  ->  events, or an error        (no clock, no randomness, no
 * I/O) apply:   state + event             ->  state                      (shop.h) answer:  state +
 * command           ->  what the caller is told    (after its events are applied)
 *
 * A command is a struct with a struct command FIRST, made by the api/ on a request's arena, one
 * file per command (shop/command_<name>.c), one line of commands.def. It belongs to the executor
 * from executor_submit() until its `done` is called.
 */
#ifndef SHOP_COMMAND_H
#define SHOP_COMMAND_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/queue.h"
#include "shop/answer.h"
#include "shop/contact.h"
#include "shop/err.h"
#include "shop/operator.h"
#include "shop/shop.h"

#include <stdbool.h>
#include <stdint.h>

struct command;
struct decision;
struct store_reader; /* store/store.h */

enum { COMMAND_COST_MAX = 4096 }; /* lines one batch may touch */

/* Under load what keeps orders flowing goes first. */
enum command_priority {
    COMMAND_ORDERS = 0,
    COMMAND_CARTS = 1,
    COMMAND_BULK = 2,
    COMMAND_PRIORITY_COUNT
};

struct command_ops {
    const char *name;
    enum command_priority priority;
    bool is_read; /* never appends an event: still answered when writes are refused under load */
    /* Lines it will touch, at least 1; NULL = 1. */
    uint32_t (*cost)(const struct command *command);
    /* Appends events to decision->events, or returns an error and the executor drops what it
     * appended. ERR_ASLEEP asks for something to be loaded; the command is then decided afresh. */
    struct err (*decide)(struct decision *decision, struct command *command);
    /* Copies what the caller needs into command->arena. NULL = nothing. Not called on an error. */
    void (*answer)(const struct shop *shop, struct command *command);
};

/* What a command may have to wait for (err.index of ERR_ASLEEP; err.value says which). */
enum shop_asleep {
    ASLEEP_ORDER = 1,    /* value: order number */
    ASLEEP_CART_KEY = 2, /* value: cart; command->asleep_key: which of its orders */
    ASLEEP_ORDER_CONTACTS =
        3,              /* value: order number from which the chain of `previous` is followed */
    ASLEEP_ANSWER = 40, /* value: its number */
    ASLEEP_STOCK_HOLDERS = 4, /* value: product << 16 | location: orders with pieces there */
    ASLEEP_PURCHASES = 5,     /* value: order number from which the chain of `previous` is followed;
                                 command->asleep_product: what was bought */
};

/* What the loader brought. */
struct command_loaded {
    enum shop_asleep what; /* 0 = nothing yet */
    uint64_t value;        /* as asked for */
    uint64_t sweep;        /* count of sweeps when reading began; stale if one came since */
    struct order *order;   /* NULL = there is none */
    uint64_t *contacts;
    uint32_t contact_count;
    const struct answer *answer; /* NULL = gone */
    struct purchases purchases;
    uint64_t *holders; /* order numbers, ascending */
    uint32_t holder_count;
};

struct once_answer {
    struct text bytes; /* empty: shown as it is when it is asked for, ops->answer tells it again */
    uint32_t customer; /* whose personal data stands in them; 0 = nobody's */
};

/* A command that is done once, however often it is sent with this key (Idempotency-Key, ADR 0030).
 */
struct once {
    uint8_t key[16]; /* keyed hash of who sends it, where to, and the key */
    uint64_t body_hash;
    /* Writes what is to be answered, now and again; bytes in the command's arena. Called on the
     * executor's thread, behind ops->answer and before anything is durable. */
    void (*render)(struct command *command, struct once_answer *answer_out);
    struct once_answer answer;
    bool is_repeat; /* nothing was done: `answer` is the first one's */
};

/* What a command came from, for log lines: found again in those of the request and of its trace.
 * Both may be empty. */
struct origin {
    struct text request_id;
    struct text trace_id;
};
/* log_info("phrase", "status=%d " ORIGIN_FORMAT, status, ORIGIN_ARGS(&origin)) */
#define ORIGIN_FORMAT "request_id=%.*s%s%.*s"
#define ORIGIN_ARGS(origin)                                                                        \
    TEXT_ARGS((origin)->request_id), (origin)->trace_id.length > 0 ? " trace_id=" : "",            \
        TEXT_ARGS((origin)->trace_id)

struct command {
    const struct command_ops *ops;
    struct once *once;  /* NULL = every time it comes */
    struct operator by; /* who of the operators it is, to be told (EVENT_OPERATOR_ACTED) */
    struct origin origin;
    struct arena *arena;
    enum actor actor;
    struct err err; /* the answer: OK, or why not */
    struct command_loaded loaded;
    uint8_t asleep_key[16];
    uint32_t asleep_product;
    /* Called once, on the executor's thread, after everything it saw is durable. */
    void (*done)(struct command *command);
    void *owner; /* of whoever submitted it */
    uint64_t submitted_ns;
    uint64_t recorded_ns;         /* the executor's: all that it saw was durable; 0 = not yet */
    struct queue_node queue_node; /* the executor's, like the next */
    struct command *next;
};

/* The versions that something may have for a change to be made; none = any. */
enum { VERSION_GUARD_MAX = 8 };
struct version_guard {
    uint64_t expected[VERSION_GUARD_MAX]; /* 0 is no version of anything */
    uint32_t count;
};

/* ERR_VERSION_CHANGED when `version` is none of those. */
struct err version_guard_check(const struct version_guard *guard, uint64_t version) MUST_USE;

/* A line that cannot be filled (ERR_OUT_OF_STOCK). */
struct shortage {
    uint32_t line;
    uint32_t product;
    uint32_t wanted;
    uint32_t available;
};

struct decision {
    struct shop *shop; /* read by decide(); orders may be adopted into memory */
    struct buffer *events;
    struct arena *arena; /* of the batch: scratch, and texts of contacts */
    uint64_t now_ms;
    uint64_t sweep; /* count of sweeps so far (see struct command_loaded) */
    /* Personal data to be written in the same commit; the array lies in the arena. */
    struct contact *contacts;
    uint32_t contact_count;
    uint32_t contact_capacity;
    uint64_t contacts_numbered; /* last number given out, durable or not */
};

/* Time of the events being decided: now_ms, but never before the last event. */
uint64_t decision_time(const struct decision *decision);
/* event_append() at decision_time(). */
void *decision_append(struct decision *decision, enum event_type type,
                      size_t payload_size) MUST_USE;

/* Numbers the contact, keeps it (texts must live until the commit) and returns the number; 0 when
 * every text is empty. */
uint64_t decision_add_contact(struct decision *decision, const struct contact *contact);
/* The same for a contact that takes the place of another (0 = of none), which is gone with the
 * commit: texts that are not given are taken over from it. */
uint64_t decision_replace_contact(struct decision *decision, uint64_t replaced,
                                  const struct contact *contact);

/* Changes the contact in its row (0 = there is none yet: then adds it) and returns its number:
 * texts that are not given stay. */
uint64_t decision_change_contact(struct decision *decision, uint64_t number,
                                 const struct contact *contact);
/* To be called once the events of a command are applied: who now holds which e-mail address, by the
 * contacts from `first` on. */
void decision_note_emails(struct decision *decision, uint32_t first);

/* To be called once a command is decided: tells who of the operators made its events, which begin
 * at `offset` of decision->events. Nothing when it was no operator, or there are none. */
void decision_note_operator(struct decision *decision, const struct command *command,
                            size_t offset);

/* Who it was: whoever holds the token of a customer's cart or order is that customer. */
enum actor command_actor(const struct command *command, uint32_t customer);

/* The order, from memory or from what the loader brought; ERR_ORDER_UNKNOWN or ERR_ASLEEP else. */
struct err decision_order(struct decision *decision, struct command *command, uint64_t number,
                          const struct order **order_out) MUST_USE;

#endif
