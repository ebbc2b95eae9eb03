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
    struct password_work password;
    char token[BEARER_SIZE];
};

/* For call_load(): reads the contact of state->customer. */
struct err customer_call_read(struct call *call, struct store_reader *reader);

/* 201 with the token, whose it is, and the customer's cart. */
void customer_call_reply_session(struct call *call);

#endif
