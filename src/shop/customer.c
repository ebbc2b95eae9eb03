#include "shop/customer.h"

#include "base/hash.h"
#include "base/memory.h"

void customers_init(struct customers *customers)
{
    *customers = (struct customers){0};
}

void customers_release(struct customers *customers)
{
    memory_free(customers->rows);
    *customers = (struct customers){0};
}

const struct customer *customer_find(const struct customers *customers, uint32_t number)
{
    if (number == 0 || number > customers->count)
        return NULL;
    return &customers->rows[number];
}

uint64_t customer_version(const struct customer *customer)
{
    uint64_t hash = hash_u64(customer->contact * 2 + customer->is_member);
    return hash == 0 ? 1 : hash;
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
