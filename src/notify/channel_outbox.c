/*
 * channel_outbox.c - every message as a file in DATA/outbox, so that a first run shows them. The
 * newest OUTBOX_FILES_MAX stay. A file names its contact, and goes when that is erased, or at the
 * next start.
 */
#include "base/log.h"
#include "base/memory.h"
#include "notify/channel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OUTBOX_FILES_MAX = 1000, NAME_SIZE = 128, FOLDER_MODE = 0700, FILE_MODE = 0600 };

struct outbox_file {
    char name[NAME_SIZE];
    uint64_t contact; /* 0 = of nobody, or gone */
};

struct outbox {
    int folder;
    uint32_t next; /* in the ring; the oldest lies there */
    struct outbox_file files[OUTBOX_FILES_MAX];
    struct buffer text;
};

/* NUMBER-NOTICE-SUBJECT-cCONTACT.txt: names sort by age. */
static void keep_name(struct outbox *outbox, const char *name)
{
    struct outbox_file *file = &outbox->files[outbox->next];
    const char *contact = strrchr(name, 'c');
    if (file->name[0] != '\0' && strcmp(file->name, name) != 0)
        (void)unlinkat(outbox->folder, file->name, 0);
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    file->contact = contact == NULL ? 0 : strtoull(contact + 1, NULL, 10);
    outbox->next = (outbox->next + 1) % OUTBOX_FILES_MAX;
}

static bool is_message(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && length < NAME_SIZE && strcmp(name + length - 4, ".txt") == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* What an earlier process left. */
static bool keep_names(struct outbox *outbox, const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char(*names)[NAME_SIZE] = NULL;
    uint32_t count = 0;
    uint32_t capacity = 0;
    if (folder == NULL)
        return false;
    while ((entry = readdir(folder)) != NULL) {
        if (!is_message(entry->d_name))
            continue;
        if (count == capacity)
            names = memory_grow(names, &capacity, NAME_SIZE);
        (void)snprintf(names[count++], NAME_SIZE, "%.*s", NAME_SIZE - 1, entry->d_name);
    }
    (void)closedir(folder);
    if (count > 0)
        qsort(names, count, NAME_SIZE, compare_names);
    for (uint32_t i = 0; i < count; i++)
        keep_name(outbox, names[i]);
    memory_free(names);
    return true;
}

static bool outbox_open(struct channel *channel)
{
    char path[4096];
    struct outbox *outbox = memory_alloc_zeroed(1, sizeof(*outbox));
    int length = snprintf(path, sizeof(path), "%s/outbox", channel->settings->folder);
    ensure(length > 0 && (size_t)length < sizeof(path));
    bool is_made = mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST;
    outbox->folder = is_made ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (outbox->folder < 0 || !keep_names(outbox, path)) {
        log_error("outbox cannot be used", "reason=\"%s\"", strerror(errno));
        if (outbox->folder >= 0)
            (void)close(outbox->folder);
        memory_free(outbox);
        return false;
    }
    buffer_init(&outbox->text, 4096);
    channel->state = outbox;
    return true;
}

static void outbox_close(struct channel *channel)
{
    struct outbox *outbox = channel->state;
    (void)close(outbox->folder);
    buffer_release(&outbox->text);
    memory_free(outbox);
}

static void write_message(struct buffer *out, const struct message *message)
{
    buffer_append_text(out, TEXT("To: "));
    if (message->contact == 0)
        buffer_append_text(out, TEXT("the operators"));
    else
        buffer_append_text(out, message->name);
    if (message->email.length > 0)
        buffer_printf(out, " <%.*s>", TEXT_ARGS(message->email));
    buffer_printf(out, "\nSubject: %.*s\nNotice-Id: %.*s\n\n%.*s", TEXT_ARGS(message->subject),
                  TEXT_ARGS(message->id), TEXT_ARGS(message->plain));
}

static enum channel_answer outbox_send(struct channel *channel, const struct message *message,
                                       struct transfer *transfer)
{
    struct outbox *outbox = channel->state;
    char name[NAME_SIZE];
    (void)transfer;
    (void)snprintf(name, sizeof(name), "%012" PRIu64 "-%s-%" PRIu64 "-c%" PRIu64 ".txt",
                   message->event, notice_name(message->notice), message->subject_number,
                   message->contact);
    buffer_reset(&outbox->text);
    write_message(&outbox->text, message);
    int file = openat(outbox->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (file < 0)
        return CHANNEL_AGAIN;
    ssize_t written = write(file, outbox->text.data, outbox->text.length);
    bool is_whole = written == (ssize_t)outbox->text.length;
    (void)close(file);
    keep_name(outbox, name);
    return is_whole ? CHANNEL_ACCEPTED : CHANNEL_AGAIN;
}

static void remove_file(const struct outbox *outbox, struct outbox_file *file)
{
    (void)unlinkat(outbox->folder, file->name, 0);
    *file = (struct outbox_file){.contact = 0};
}

static void outbox_forget(struct channel *channel, uint64_t contact)
{
    struct outbox *outbox = channel->state;
    for (uint32_t i = 0; i < OUTBOX_FILES_MAX; i++) {
        struct outbox_file *file = &outbox->files[i];
        if (file->contact == contact && file->name[0] != '\0')
            remove_file(outbox, file);
    }
}

static void outbox_forget_gone(struct channel *channel,
                               bool (*is_gone)(void *context, uint64_t contact), void *context)
{
    struct outbox *outbox = channel->state;
    for (uint32_t i = 0; i < OUTBOX_FILES_MAX; i++) {
        struct outbox_file *file = &outbox->files[i];
        if (file->contact != 0 && is_gone(context, file->contact))
            remove_file(outbox, file);
    }
}

const struct channel_ops channel_outbox = {
    .name = "outbox",
    .kind = CHANNEL_LOCAL,
    .open = outbox_open,
    .close = outbox_close,
    .send = outbox_send,
    .forget = outbox_forget,
    .forget_gone = outbox_forget_gone,
};
