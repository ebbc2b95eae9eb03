#include "cli/operator_key.h"

#include "base/random.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SECRET_BYTES = 24,
    KEY_LENGTH_MIN = 16, /* of a file's key: a shorter one was cut or made by hand */
};

static bool refuse(const char *path, const char *reason)
{
    (void)fprintf(stderr, "shopd: %s: %s\n", path, reason);
    return false;
}

static bool read_key(int file, const char *path, struct operator_key *key_out)
{
    ssize_t length = read(file, key_out->text, sizeof(key_out->text) - 1);
    if (length < 0)
        return refuse(path, strerror(errno));
    struct text key = text_trim((struct text){key_out->text, (uint32_t)length});
    if (key.length < KEY_LENGTH_MIN)
        return refuse(path,
                      "holds no key; remove the file and a new one is made at the next start");
    memmove(key_out->text, key.data, key.length);
    key_out->text[key.length] = '\0';
    return true;
}

/* Whole or not at all: written under another name and renamed. */
static bool write_key(const char *path, const char *key)
{
    char fresh[PATH_MAX + 8];
    char line[OPERATOR_KEY_SIZE + 1];
    (void)snprintf(fresh, sizeof(fresh), "%s.new", path);
    int length = snprintf(line, sizeof(line), "%s\n", key);
    int file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return refuse(fresh, strerror(errno));
    bool is_written = write(file, line, (size_t)length) == length && fsync(file) == 0;
    is_written = close(file) == 0 && is_written && rename(fresh, path) == 0;
    return is_written ? true : refuse(path, strerror(errno));
}

static bool make_key(const char *path, struct operator_key *key_out)
{
    uint8_t secret[SECRET_BYTES];
    random_secret(secret, sizeof(secret));
    (void)snprintf(key_out->text, sizeof(key_out->text), "opk_");
    (void)sodium_bin2base64(key_out->text + 4, sizeof(key_out->text) - 4, secret, sizeof(secret),
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    key_out->is_new = true;
    return write_key(path, key_out->text);
}

bool operator_key_get(const char *setting, const char *folder, struct operator_key *key_out)
{
    *key_out = (struct operator_key){0};
    if (setting[0] != '\0') {
        int length = snprintf(key_out->text, sizeof(key_out->text), "%s", setting);
        return length < OPERATOR_KEY_SIZE ? true : refuse("operator_key", "too long");
    }
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/operator.key", folder);
    if (length >= PATH_MAX)
        return refuse(folder, strerror(ENAMETOOLONG));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? make_key(path, key_out) : refuse(path, strerror(errno));
    bool is_read = read_key(file, path, key_out);
    (void)close(file);
    return is_read;
}
