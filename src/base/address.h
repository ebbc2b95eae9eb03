/*
 * address.h - IP addresses and networks as text and as bytes. IPv4 is kept as IPv6 knows it
 * (::ffff:192.0.2.1), so that one comparison serves both.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_SIZE = 16, NETWORKS_MAX = 32 };

struct address {
    uint8_t bytes[ADDRESS_SIZE];
};

/* The addresses that agree in the first `bits` bits. */
struct network {
    struct address address;
    uint32_t bits;
};

struct networks {
    struct network items[NETWORKS_MAX];
    uint32_t count;
};

struct sockaddr;

/* "192.0.2.1" or "2001:db8::1", without a port and without brackets. */
bool address_read(struct text text, struct address *address_out) MUST_USE;
/* Of a socket; false for other families. */
bool address_of_socket(const struct sockaddr *socket, struct address *address_out) MUST_USE;
bool address_is_ipv4(const struct address *address);

/* "10.0.0.0/8 ::1": separated by spaces or commas, none is allowed. False when one of them is no
 * address or network, or there are too many. */
bool networks_read(struct text list, struct networks *networks_out) MUST_USE;
bool networks_have(const struct networks *networks, const struct address *address) MUST_USE;

#endif
