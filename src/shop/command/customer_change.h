/* customer_change.h - events and answer that the commands about customers share. */
#ifndef SHOP_CUSTOMER_CHANGE_H
#define SHOP_CUSTOMER_CHANGE_H

#include "shop/command/commands.h"

/* The customer as it will be; chain and time of creation are not the event's to say. */
void customer_change_append(struct decision *decision, uint32_t number,
                            const struct customer *after);

/* The store deletes these rows in the same commit. As many events as it takes, none for none. */
void customer_change_erase_contacts(struct decision *decision, uint32_t customer,
                                    const uint64_t *contacts, uint32_t contact_count);

/* ERR_EMAIL_TAKEN when the contact has an e-mail address that another customer has. */
struct err customer_change_check_email(const struct decision *decision,
                                       const struct contact *contact, uint32_t number) MUST_USE;

/* Copies the customer command->number into the answer. */
void customer_change_answer(const struct shop *shop, struct command *base);

#endif
