#include "shop/command/commands.h"

static const struct command_ops *const commands[] = {
#define COMMAND(name) &command_##name,
#include "shop/command/commands.def"
#undef COMMAND
};

const struct command_ops *command_at(uint32_t index)
{
    return index < countof(commands) ? commands[index] : NULL;
}
