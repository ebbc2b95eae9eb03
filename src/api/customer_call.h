/* customer_call.h - a request about a customer on its way: the command, and what was read for it.
 */
#ifndef API_CUSTOMER_CALL_H
#define API_CUSTOMER_CALL_H

#include "api/call.h"

/* call->state of such a request. */
struct customer_call {
    struct customer_command command;
    struct session_command session;
    struct customer customer; /* as it stands */
    struct contact contact;
    struct password_work password;     /* to compare, or to set */
    struct password_work new_password; /* to set beside one to compare */
    bool is_rehashed;                  /* new_password.hash is of the same password */
    struct text reset_token;
    struct login_try who;
    char token[BEARER_SIZE];
};

/* For call_load(): reads the contact of state->customer. */
struct err customer_call_read(struct call *call, struct store_reader *reader);

/* Answers with the token, whose it is, and the customer's cart. */
void customer_call_reply_session(struct call *call, int status);
void customer_call_new_token(struct call *call, struct token_start *token);

/* The account that the tag names, tried from where the request comes from. */
void customer_call_try(struct call *call, const uint8_t tag[EMAIL_TAG_SIZE]);
/* False, and answered with 429, when there were too many of `count` (LOGIN_COUNTS = log-ins). */
bool customer_call_may(struct call *call, enum login_count count) MUST_USE;

/* For call_work(). */
struct err customer_call_hash(struct call *call);    /* state->password */
struct err customer_call_compare(struct call *call); /* state->password with state->contact's */
/* The same, and where that is right but hashed at another cost than the settings say, hashes it
 * again. */
struct err customer_call_log_in(struct call *call);

#endif
