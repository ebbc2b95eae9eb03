#include "lib/raw_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 4096 };

int raw_client_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ensure(fd >= 0);
    return fd;
}

bool raw_client_connect(struct raw_client *client, int fd, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *client = (struct raw_client){.fd = fd};
    buffer_init(&client->received, READ_SIZE);
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

void raw_client_open(struct raw_client *client, uint16_t port)
{
    ensure(raw_client_connect(client, raw_client_socket(), port));
}

void raw_client_close(struct raw_client *client)
{
    (void)close(client->fd);
    buffer_release(&client->received);
}

bool raw_client_send(struct raw_client *client, const char *bytes)
{
    size_t left = strlen(bytes);
    while (left > 0) {
        ssize_t sent = send(client->fd, bytes, left, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        left -= (size_t)sent;
    }
    return true;
}

bool raw_client_is_readable(struct raw_client *client, int timeout_ms)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
    return poll(&poll_fd, 1, timeout_ms) > 0;
}

static enum raw_end read_more(struct raw_client *client, bool *ended_out)
{
    *ended_out = true;
    if (!raw_client_is_readable(client, RAW_CLIENT_TIMEOUT_MS))
        return RAW_END_TIMEOUT;
    char bytes[READ_SIZE];
    ssize_t got = recv(client->fd, bytes, sizeof(bytes), 0);
    if (got < 0)
        return RAW_END_RESET;
    buffer_append(&client->received, bytes, (size_t)got);
    *ended_out = got == 0;
    return RAW_END_CLOSED;
}

/* The bytes of the first response in `text`, 0 when it is not complete. `text` ends in NUL. */
static size_t response_length(const char *text, size_t length)
{
    const char *head_end = strstr(text, "\r\n\r\n");
    if (head_end == NULL)
        return 0;
    size_t total = (size_t)(head_end - text) + 4;
    const char *header = strstr(text, "\r\nContent-Length: ");
    if (header != NULL && header < head_end)
        total += strtoul(header + strlen("\r\nContent-Length: "), NULL, 10);
    return total <= length ? total : 0;
}

static const char *received_text(struct raw_client *client)
{
    buffer_append(&client->received, "", 1);
    client->received.length--;
    return client->received.data;
}

static bool has_responses(struct raw_client *client, uint32_t count)
{
    const char *text = received_text(client);
    size_t left = client->received.length;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = response_length(text, left);
        if (length == 0)
            return false;
        text += length;
        left -= length;
    }
    return true;
}

const char *raw_client_read(struct raw_client *client, uint32_t count)
{
    while (!has_responses(client, count)) {
        bool ended;
        (void)read_more(client, &ended);
        if (ended)
            return NULL;
    }
    return received_text(client);
}

enum raw_end raw_client_read_to_end(struct raw_client *client)
{
    bool ended;
    enum raw_end end;
    do {
        end = read_more(client, &ended);
    } while (!ended);
    (void)received_text(client);
    return end;
}

enum raw_end raw_client_wait_for_reset(struct raw_client *client)
{
    struct pollfd poll_fd = {.fd = client->fd, .events = 0};
    if (poll(&poll_fd, 1, RAW_CLIENT_TIMEOUT_MS) <= 0)
        return RAW_END_TIMEOUT;
    int error = 0;
    socklen_t length = sizeof(error);
    ensure(getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0);
    return error == ECONNRESET || error == EPIPE ? RAW_END_RESET : RAW_END_CLOSED;
}
