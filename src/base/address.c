#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

enum { IPV4_OFFSET = 12, IPV4_BITS_BEFORE = 96, BITS_MAX = 128 };

static const uint8_t ipv4_prefix[IPV4_OFFSET] = {[10] = 0xff, [11] = 0xff};

static void set_ipv4(struct address *address, const void *bytes)
{
    memcpy(address->bytes, ipv4_prefix, IPV4_OFFSET);
    memcpy(address->bytes + IPV4_OFFSET, bytes, 4);
}

bool address_read(struct text text, struct address *address_out)
{
    char string[INET6_ADDRSTRLEN];
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (text.length == 0 || text.length >= sizeof(string))
        return false;
    memcpy(string, text.data, text.length);
    string[text.length] = '\0';
    if (strlen(string) != text.length)
        return false;
    if (inet_pton(AF_INET, string, &ipv4) == 1)
        set_ipv4(address_out, &ipv4);
    else if (inet_pton(AF_INET6, string, &ipv6) == 1)
        memcpy(address_out->bytes, &ipv6, ADDRESS_SIZE);
    else
        return false;
    return true;
}

bool address_of_socket(const struct sockaddr *socket, struct address *address_out)
{
    if (socket->sa_family == AF_INET) {
        const struct sockaddr_in *ipv4 = (const void *)socket;
        set_ipv4(address_out, &ipv4->sin_addr);
        return true;
    }
    if (socket->sa_family == AF_INET6) {
        const struct sockaddr_in6 *ipv6 = (const void *)socket;
        memcpy(address_out->bytes, &ipv6->sin6_addr, ADDRESS_SIZE);
        return true;
    }
    return false;
}

bool address_is_ipv4(const struct address *address)
{
    return memcmp(address->bytes, ipv4_prefix, IPV4_OFFSET) == 0;
}

static bool network_read(struct text text, struct network *network_out)
{
    struct text address;
    if (!text_cut(&text, '/', &address) || !address_read(address, &network_out->address))
        return false;
    network_out->bits = BITS_MAX;
    if (text.data == NULL)
        return true;
    bool is_ipv4 = memchr(address.data, ':', address.length) == NULL;
    uint32_t offset = is_ipv4 ? IPV4_BITS_BEFORE : 0;
    uint32_t bits;
    if (!text_to_u32(text, &bits) || bits > BITS_MAX - offset)
        return false;
    network_out->bits = offset + bits;
    return true;
}

bool networks_read(struct text list, struct networks *networks_out)
{
    struct text word;
    networks_out->count = 0;
    while (text_cut_word(&list, &word)) {
        if (networks_out->count == NETWORKS_MAX ||
            !network_read(word, &networks_out->items[networks_out->count]))
            return false;
        networks_out->count++;
    }
    return true;
}

static bool network_has(const struct network *network, const struct address *address)
{
    uint32_t bytes = network->bits / 8;
    uint32_t rest = network->bits % 8;
    if (memcmp(network->address.bytes, address->bytes, bytes) != 0)
        return false;
    uint8_t mask = (uint8_t)(0xff00u >> rest);
    return rest == 0 || ((network->address.bytes[bytes] ^ address->bytes[bytes]) & mask) == 0;
}

bool networks_have(const struct networks *networks, const struct address *address)
{
    for (uint32_t i = 0; i < networks->count; i++) {
        if (network_has(&networks->items[i], address))
            return true;
    }
    return false;
}
