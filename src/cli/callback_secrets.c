#include "cli/callback_secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool refuse(const char *where, const char *reason)
{
    (void)fprintf(stderr, "shopd: %s: %s\n", where, reason);
    return false;
}

static bool add_list(struct callback_secrets *all, struct text list, const char *where)
{
    struct text secret;
    while (text_cut_word(&list, &secret)) {
        if (secret.length < SIGNATURE_SECRET_MIN)
            return refuse(where, "a secret of fewer than 16 characters");
        if (all->secrets.count == SIGNATURE_SECRETS_MAX)
            return refuse(where, "more than 8 secrets");
        all->secrets.secrets[all->secrets.count++] = secret;
    }
    return true;
}

/* Behind what is in bytes[]. */
static bool read_file(struct callback_secrets *all, const char *path)
{
    char *place = all->bytes + all->length;
    size_t room = sizeof(all->bytes) - all->length;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return refuse(path, strerror(errno));
    ssize_t length = read(file, place, room);
    int code = errno;
    (void)close(file);
    if (length < 0)
        return refuse(path, strerror(code));
    if ((size_t)length == room)
        return refuse(path, "too long for a file of secrets");
    for (ssize_t i = 0; i < length; i++) {
        if (place[i] == '\n' || place[i] == '\r' || place[i] == '\t')
            place[i] = ' ';
    }
    all->length += (uint32_t)length;
    return add_list(all, (struct text){place, (uint32_t)length}, path);
}

bool callback_secrets_get(const char *list, const char *path, struct callback_secrets *secrets_out)
{
    *secrets_out = (struct callback_secrets){.length = (uint32_t)strlen(list)};
    if (secrets_out->length >= sizeof(secrets_out->bytes))
        return refuse("secrets", "too long");
    memcpy(secrets_out->bytes, list, secrets_out->length);
    struct text given = {secrets_out->bytes, secrets_out->length};
    return add_list(secrets_out, given, "the setting of secrets") &&
           (path[0] == '\0' || read_file(secrets_out, path));
}
