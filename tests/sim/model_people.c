/* model_people.c - the auditor's books about customers and what they write. */
#include "sim/model.h"

static struct verdict verdict_of(enum err_code code)
{
    return (struct verdict){.code = code};
}

/* ---- customers ---- */

struct verdict model_customer_new(struct model *model, uint32_t email)
{
    if (model->has_email[email] != 0)
        return verdict_of(ERR_EMAIL_TAKEN);
    model->has_email[email] = ++model->customer_count;
    return (struct verdict){.code = ERR_NONE, .customer = model->customer_count};
}

struct verdict model_customer_tier(struct model *model, uint32_t customer, bool is_member)
{
    if (model->is_erased[customer])
        return verdict_of(ERR_CUSTOMER_UNKNOWN);
    model->is_member[customer] = is_member;
    return verdict_of(ERR_NONE);
}

struct verdict model_customer_erase(struct model *model, uint32_t customer)
{
    if (customer == 0 || customer > model->customer_count)
        return verdict_of(ERR_CUSTOMER_UNKNOWN);
    for (uint64_t number = 1; number <= model->order_count; number++)
        model->orders[number].is_erased |= model->orders[number].customer == customer;
    for (uint32_t i = 0; i < MODEL_EMAILS; i++) {
        if (model->has_email[i] == customer)
            model->has_email[i] = 0;
    }
    if (customer <= MODEL_CUSTOMERS)
        model->is_erased[customer] = true;
    return verdict_of(ERR_NONE);
}

/* ---- reviews ---- */

static bool was_delivered(const struct model *model, uint32_t customer, uint32_t product)
{
    for (uint64_t number = 1; number <= model->order_count; number++) {
        const struct model_order *order = &model->orders[number];
        if (order->customer != customer || order->state != ORDER_DELIVERED)
            continue;
        for (uint32_t i = 0; i < order->line_count; i++) {
            if (order->lines[i].product == product && order->lines[i].quantity > 0)
                return true;
        }
    }
    return false;
}

struct verdict model_review_write(struct model *model, uint32_t customer, uint32_t product,
                                  uint32_t stars)
{
    struct model_review *review = &model->reviews[customer][product];
    if (model->is_erased[customer])
        return verdict_of(ERR_CUSTOMER_UNKNOWN);
    if (review->written && review->state == REVIEW_SHOWN)
        return verdict_of(ERR_REVIEW_EXISTS);
    if (review->written && review->state == REVIEW_REMOVED)
        return verdict_of(ERR_REVIEW_REMOVED);
    if (!was_delivered(model, customer, product))
        return verdict_of(ERR_NOT_DELIVERED);
    *review = (struct model_review){true, REVIEW_SHOWN, stars};
    return verdict_of(ERR_NONE);
}

static enum err_code review_fault(const struct model_review *review)
{
    if (!review->written || review->state == REVIEW_WITHDRAWN)
        return ERR_REVIEW_UNKNOWN;
    return review->state == REVIEW_REMOVED ? ERR_REVIEW_REMOVED : ERR_NONE;
}

struct verdict model_review_change(struct model *model, uint32_t customer, uint32_t product,
                                   uint32_t stars)
{
    struct model_review *review = &model->reviews[customer][product];
    enum err_code code = review_fault(review);
    if (code == ERR_NONE && model->is_erased[customer])
        code = ERR_REVIEW_UNKNOWN;
    if (code == ERR_NONE)
        review->stars = stars;
    return verdict_of(code);
}

struct verdict model_review_remove(struct model *model, uint32_t customer, uint32_t product,
                                   bool by_staff)
{
    struct model_review *review = &model->reviews[customer][product];
    enum err_code code = review_fault(review);
    if (code == ERR_NONE)
        review->state = by_staff ? REVIEW_REMOVED : REVIEW_WITHDRAWN;
    return verdict_of(code);
}

uint32_t model_stars(const struct model *model, uint32_t product, uint32_t *count_out)
{
    uint32_t stars = 0;
    *count_out = 0;
    for (uint32_t customer = 1; customer <= MODEL_CUSTOMERS; customer++) {
        const struct model_review *review = &model->reviews[customer][product];
        if (!review->written || review->state != REVIEW_SHOWN)
            continue;
        stars += review->stars;
        ++*count_out;
    }
    return stars;
}
