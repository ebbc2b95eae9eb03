/*
 * client.h - which address a request comes from. X-Forwarded-For is believed as far as proxies that
 * the settings name have written it, and not an entry further: the rest is what the client likes to
 * say.
 */
#ifndef API_CLIENT_H
#define API_CLIENT_H

#include "base/address.h"
#include "net/server.h"

struct address client_address(const struct networks *trusted_proxies,
                              const struct request *request);

#endif
