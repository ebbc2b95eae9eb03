/* demo_story.h - the two demonstrations of `shopd demo`, against a server that runs. */
#ifndef CLI_DEMO_STORY_H
#define CLI_DEMO_STORY_H

#include "cli/demo/scratch_server.h"

#include <stdbool.h>

/* Alice, Bob, three products; each claim is checked. True when all hold. */
bool demo_story(const struct scratch_server *server) MUST_USE;
/* 200 buyers, 50 units, kill -9 in the middle. True when 50 were sold, 150 refused, none lost. */
bool demo_race(struct scratch_server *server) MUST_USE;

#endif
