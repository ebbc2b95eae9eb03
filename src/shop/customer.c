#include "shop/customer.h"

#include "base/memory.h"

#include <string.h>

static const uint8_t no_tag[EMAIL_TAG_SIZE];

void customers_init(struct customers *customers)
{
    *customers = (struct customers){0};
    map_init(&customers->by_email, 0);
}

void customers_release(struct customers *customers)
{
    map_release(&customers->by_email);
    memory_free(customers->rows);
    *customers = (struct customers){0};
}

const char *role_name(enum role role)
{
    static const char *const names[ROLE_COUNT] = {"customer", "staff", "admin"};
    ensure(role < ROLE_COUNT);
    return names[role];
}

const struct customer *customer_find(const struct customers *customers, uint32_t number)
{
    if (number == 0 || number > customers->count)
        return NULL;
    return &customers->rows[number];
}

uint64_t customer_version(const struct customer *customer)
{
    ensure(customer->changed_event > 0);
    return customer->changed_event;
}

void customer_put(struct customers *customers, uint32_t number, const struct customer *customer)
{
    ensure(number > 0);
    ensure(number <= customers->count + 1);
    ensure(number <= CUSTOMERS_MAX);
    if (number >= customers->capacity)
        customers->rows =
            memory_grow(customers->rows, &customers->capacity, sizeof(struct customer));
    customers->rows[number] = *customer;
    if (number == customers->count + 1)
        customers->count++;
}

static uint64_t key_of(const uint8_t *tag)
{
    uint64_t key;
    memcpy(&key, tag, sizeof(key));
    return key == 0 ? 1 : key;
}

static uint32_t holder_of(const struct customers *customers, const uint8_t *tag)
{
    uint64_t number = 0;
    return map_find(&customers->by_email, key_of(tag), &number) ? (uint32_t)number : 0;
}

uint32_t customer_by_email(const struct customers *customers, const uint8_t tag[EMAIL_TAG_SIZE])
{
    uint32_t number = holder_of(customers, tag);
    if (number == 0 || memcmp(customers->rows[number].email_tag, tag, EMAIL_TAG_SIZE) != 0)
        return 0;
    return number;
}

bool customer_email_is_taken(const struct customers *customers, const uint8_t tag[EMAIL_TAG_SIZE],
                             uint32_t number)
{
    uint32_t holder = holder_of(customers, tag);
    return holder != 0 && holder != number;
}

void customer_set_email(struct customers *customers, uint32_t number, const uint8_t *tag)
{
    ensure(customer_find(customers, number) != NULL);
    struct customer *customer = &customers->rows[number];
    bool had_one = memcmp(customer->email_tag, no_tag, EMAIL_TAG_SIZE) != 0;
    if (had_one && holder_of(customers, customer->email_tag) == number)
        (void)map_remove(&customers->by_email, key_of(customer->email_tag));
    memcpy(customer->email_tag, tag == NULL ? no_tag : tag, EMAIL_TAG_SIZE);
    if (tag != NULL)
        map_put(&customers->by_email, key_of(tag), number);
}
