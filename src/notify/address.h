/* address.h - may a webhook call this address? Looked at when the socket is made, after the name
 * was resolved, so that a name cannot point somewhere else in between. */
#ifndef NOTIFY_ADDRESS_H
#define NOTIFY_ADDRESS_H

#include "base/check.h"

#include <stdbool.h>
#include <sys/socket.h>

/* A global unicast address: not of this machine, not of a private network, not reserved (IANA's
 * special-purpose address registries, RFC 6890). */
bool address_is_public(const struct sockaddr *address) MUST_USE;

#endif
