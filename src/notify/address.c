#include "notify/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct block {
    uint32_t network;
    uint32_t bits;
};

#define IPV4(a, b, c) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8)

/* RFC 6890 section 2.2.2 and what came later, and multicast. */
static const struct block special[] = {
    {IPV4(0, 0, 0), 8},      {IPV4(10, 0, 0), 8},     {IPV4(100, 64, 0), 10},
    {IPV4(127, 0, 0), 8},    {IPV4(169, 254, 0), 16}, {IPV4(172, 16, 0), 12},
    {IPV4(192, 0, 0), 24},   {IPV4(192, 0, 2), 24},   {IPV4(192, 88, 99), 24},
    {IPV4(192, 168, 0), 16}, {IPV4(198, 18, 0), 15},  {IPV4(198, 51, 100), 24},
    {IPV4(203, 0, 113), 24}, {IPV4(224, 0, 0), 4},    {IPV4(240, 0, 0), 4},
};

static bool ipv4_is_public(uint32_t address)
{
    for (uint32_t i = 0; i < countof(special); i++) {
        if ((address ^ special[i].network) >> (32 - special[i].bits) == 0)
            return false;
    }
    return true;
}

static uint32_t ipv4_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* 2000::/3 is all that is given out; what carries an IPv4 address in it is judged by that. */
static bool ipv6_is_public(const uint8_t bytes[16])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
        return ipv4_is_public(ipv4_at(bytes + 12));
    if ((bytes[0] & 0xe0) != 0x20)
        return false;
    if (bytes[0] == 0x20 && bytes[1] == 0x02) /* 6to4 */
        return ipv4_is_public(ipv4_at(bytes + 2));
    bool is_protocol_block = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 2; /* 2001::/23 */
    bool is_documentation =
        (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8) ||
        (bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10);
    return !is_protocol_block && !is_documentation;
}

bool address_is_public(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof(ipv4));
        return ipv4_is_public(ntohl(ipv4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, sizeof(ipv6));
        return ipv6_is_public(ipv6.sin6_addr.s6_addr);
    }
    return false;
}
