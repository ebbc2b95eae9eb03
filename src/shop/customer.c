#include "shop/customer.h"

#include "base/memory.h"

enum { CUSTOMERS_CAPACITY_FIRST = 64 };

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

void customer_put(struct customers *customers, uint32_t number, const struct customer *customer)
{
    ensure(number > 0);
    ensure(number <= customers->count + 1);
    ensure(number <= CUSTOMERS_MAX);
    if (number >= customers->capacity) {
        customers->capacity =
            customers->capacity == 0 ? CUSTOMERS_CAPACITY_FIRST : customers->capacity * 2;
        customers->rows =
            memory_resize(customers->rows, customers->capacity * sizeof(struct customer));
        customers->rows[0] = (struct customer){0};
    }
    customers->rows[number] = *customer;
    if (number > customers->count)
        customers->count = number;
}
