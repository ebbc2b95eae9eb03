/*
 * raw_client.h - a TCP client that sends exactly the bytes it is told, for tests of the server.
 *
 * Every wait ends after RAW_CLIENT_TIMEOUT_MS at the latest. What was read is kept in `received`.
 */
#ifndef TESTS_LIB_RAW_CLIENT_H
#define TESTS_LIB_RAW_CLIENT_H

#include "base/buffer.h"

enum { RAW_CLIENT_TIMEOUT_MS = 10000 };

struct raw_client {
    int fd;
    struct buffer received;
};

enum raw_end { RAW_END_TIMEOUT, RAW_END_CLOSED, RAW_END_RESET };

/* Connects to 127.0.0.1; aborts when it cannot. */
void raw_client_open(struct raw_client *client, uint16_t port);
/* As open, but with a socket from raw_client_socket(), and false when refused. */
int raw_client_socket(void);
bool raw_client_connect(struct raw_client *client, int fd, uint16_t port) MUST_USE;
void raw_client_close(struct raw_client *client);

/* False when the connection is gone. */
bool raw_client_send(struct raw_client *client, const char *bytes);
/* Reads until `count` complete responses are in `received`; the bytes of all of them as a NUL-ended
 * string, or NULL when the connection ended first. Responses carry Content-Length, or none and no
 * body. */
const char *raw_client_read(struct raw_client *client, uint32_t count);
/* Reads until the server ends the connection. */
enum raw_end raw_client_read_to_end(struct raw_client *client);
/* Waits for the end of the connection without reading. */
enum raw_end raw_client_wait_for_reset(struct raw_client *client);
/* True when something can be read, or the connection ended, within timeout_ms. */
bool raw_client_is_readable(struct raw_client *client, int timeout_ms);

#endif
