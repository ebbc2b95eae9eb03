#include "app/credentials.h"

#include "base/memory.h"
#include "base/queue.h"

#include <sodium.h>
#include <string.h>
#include <urcu/rculfhash.h>
#include <urcu/urcu-memb.h>

enum { BUCKETS_FIRST = 1024 };

struct entry {
    struct cds_lfht_node node;
    struct rcu_head rcu;
    uint8_t digest[HASH_DIGEST_SIZE];
    struct credential credential;
};

struct credentials {
    struct cds_lfht *table;
};

struct credentials *credentials_open(void)
{
    struct credentials *credentials = memory_alloc_zeroed(1, sizeof(*credentials));
    credentials->table =
        cds_lfht_new_flavor(BUCKETS_FIRST, BUCKETS_FIRST, 0,
                            CDS_LFHT_AUTO_RESIZE | CDS_LFHT_ACCOUNTING, &urcu_memb_flavor, NULL);
    ensure(credentials->table != NULL);
    return credentials;
}

static unsigned long hash_of(const uint8_t *digest)
{
    unsigned long hash;
    memcpy(&hash, digest, sizeof(hash));
    return hash;
}

static int matches(struct cds_lfht_node *node, const void *digest)
{
    struct entry *entry = container_of(node, struct entry, node);
    return sodium_memcmp(entry->digest, digest, HASH_DIGEST_SIZE) == 0;
}

static void release_entry(struct rcu_head *rcu)
{
    memory_free(container_of(rcu, struct entry, rcu));
}

static void add(struct credentials *credentials, const uint8_t *digest,
                const struct credential *credential)
{
    struct entry *entry = memory_alloc_zeroed(1, sizeof(*entry));
    memcpy(entry->digest, digest, sizeof(entry->digest));
    entry->credential = *credential;
    cds_lfht_node_init(&entry->node);
    urcu_memb_read_lock();
    cds_lfht_add(credentials->table, hash_of(entry->digest), &entry->node);
    urcu_memb_read_unlock();
}

static void add_token(struct credentials *credentials, const struct shop *shop,
                      const struct token *token)
{
    const struct customer *customer = customer_find(&shop->customers, token->customer);
    ensure(customer != NULL);
    struct credential credential = {
        .customer = token->customer,
        .scopes = role_scopes((enum role)customer->role),
        .expires_ms = token->expires_ms,
    };
    if (credential.scopes != 0)
        credential.by = (struct operator){OPERATOR_STAFF, token->customer};
    add(credentials, token->digest, &credential);
}

static void add_key(struct credentials *credentials, const struct shop *shop, uint32_t number)
{
    const struct api_key *key = api_key_find(&shop->api_keys, number);
    ensure(key != NULL);
    if (!key->is_revoked)
        add(credentials, key->digest,
            &(struct credential){.by = {OPERATOR_SERVICE, number},
                                 .scopes = key->scopes,
                                 .expires_ms = key->expires_ms});
}

static void drop(struct credentials *credentials, const uint8_t *digest)
{
    struct cds_lfht_iter iterator;
    urcu_memb_read_lock();
    cds_lfht_lookup(credentials->table, hash_of(digest), matches, digest, &iterator);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&iterator);
    if (node != NULL && cds_lfht_del(credentials->table, node) == 0)
        urcu_memb_call_rcu(&container_of(node, struct entry, node)->rcu, release_entry);
    urcu_memb_read_unlock();
}

void credentials_close(struct credentials *credentials)
{
    struct cds_lfht_iter iterator;
    struct cds_lfht_node *node;
    urcu_memb_read_lock();
    cds_lfht_for_each(credentials->table, &iterator, node)
    {
        if (cds_lfht_del(credentials->table, node) == 0)
            urcu_memb_call_rcu(&container_of(node, struct entry, node)->rcu, release_entry);
    }
    urcu_memb_read_unlock();
    urcu_memb_barrier();
    ensure(cds_lfht_destroy(credentials->table, NULL) == 0);
    memory_free(credentials);
}

void credentials_publish_all(struct credentials *credentials, const struct shop *shop)
{
    for (uint32_t row = 1; row <= shop->tokens.row_count; row++) {
        const struct token *token = token_at(&shop->tokens, row);
        if (token->customer != 0)
            add_token(credentials, shop, token);
    }
    for (uint32_t number = 1; number <= shop->api_keys.count; number++)
        add_key(credentials, shop, number);
}

static void publish_token(struct credentials *credentials, const struct shop *shop,
                          const struct event_token_changed *changed)
{
    const struct token *token = token_find(&shop->tokens, changed->digest);
    if (changed->is_ended != 0)
        drop(credentials, changed->digest);
    else if (token != NULL) /* else a later event of the batch has ended it */
        add_token(credentials, shop, token);
}

/* A batch may make and revoke it: what the shop says now counts, once. */
static void publish_key(struct credentials *credentials, const struct shop *shop,
                        const struct event_api_key_put *put)
{
    drop(credentials, put->digest);
    add_key(credentials, shop, put->number);
}

void credentials_publish(struct credentials *credentials, const struct shop *shop,
                         const char *events, size_t size)
{
    /* The executor sealed these itself a moment ago: no need to check them again. */
    for (size_t offset = 0; offset < size;) {
        const struct event *event = (const void *)(events + offset);
        ensure(event->length >= sizeof(*event));
        offset += event->length;
        if (event->type == EVENT_TOKEN_CHANGED)
            publish_token(credentials, shop, event_payload(event));
        if (event->type == EVENT_API_KEY_PUT)
            publish_key(credentials, shop, event_payload(event));
    }
}

bool credentials_find(struct credentials *credentials, const uint8_t digest[HASH_DIGEST_SIZE],
                      uint64_t now_ms, struct credential *credential_out)
{
    struct cds_lfht_iter iterator;
    urcu_memb_read_lock();
    cds_lfht_lookup(credentials->table, hash_of(digest), matches, digest, &iterator);
    struct cds_lfht_node *node = cds_lfht_iter_get_node(&iterator);
    if (node != NULL)
        *credential_out = container_of(node, struct entry, node)->credential;
    urcu_memb_read_unlock();
    return node != NULL && (credential_out->expires_ms == 0 || credential_out->expires_ms > now_ms);
}
