/* sender_parts.h - what the files of the sender share. */
#ifndef SEARCH_ELASTIC_SENDER_PARTS_H
#define SEARCH_ELASTIC_SENDER_PARTS_H

#include "search/elastic/sender.h"

uint64_t sender_now_ms(void);
/* The call of this state could not be made or was refused: again later. */
void sender_retry(struct sender *sender, const char *what, uint32_t status);
void sender_go(struct sender *sender, enum sender_state state);

/* sender_sweep.c */
void sender_sweep_begin(struct sender *sender);
/* Sends bulks while there is something and room. True when all of it has come back. */
bool sender_sweep_step(struct sender *sender);
void sender_mark_all(struct sender *sender);

#endif
