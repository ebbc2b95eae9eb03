#include "cli/replay/replay_plan.h"

#include "base/memory.h"

#include <string.h>

enum {
    COLUMN_ORDER,
    COLUMN_CUSTOMER,
    COLUMN_SKU,
    COLUMN_QUANTITY,
    COLUMN_KIND,
    COLUMN_COUNTRY,
    COLUMN_CANCELS,
    COLUMN_COUNT
};

static const char *const column_names[COLUMN_COUNT] = {[COLUMN_ORDER] = "order_id",
                                                       [COLUMN_CUSTOMER] = "customer_id",
                                                       [COLUMN_SKU] = "sku",
                                                       [COLUMN_QUANTITY] = "quantity",
                                                       [COLUMN_KIND] = "kind",
                                                       [COLUMN_COUNTRY] = "country",
                                                       [COLUMN_CANCELS] = "cancels_order"};

static const struct {
    const char *name;
    char code[REPLAY_COUNTRY_SIZE];
} countries[] = {
    {"Australia", "AU"},
    {"Austria", "AT"},
    {"Bahrain", "BH"},
    {"Belgium", "BE"},
    {"Bermuda", "BM"},
    {"Brazil", "BR"},
    {"Canada", "CA"},
    {"Channel Islands", "JE"},
    {"Cyprus", "CY"},
    {"Denmark", "DK"},
    {"EIRE", "IE"},
    {"Finland", "FI"},
    {"France", "FR"},
    {"Germany", "DE"},
    {"Greece", "GR"},
    {"Hong Kong", "HK"},
    {"Iceland", "IS"},
    {"Israel", "IL"},
    {"Italy", "IT"},
    {"Japan", "JP"},
    {"Korea", "KR"},
    {"Lebanon", "LB"},
    {"Lithuania", "LT"},
    {"Malta", "MT"},
    {"Netherlands", "NL"},
    {"Nigeria", "NG"},
    {"Norway", "NO"},
    {"Poland", "PL"},
    {"Portugal", "PT"},
    {"RSA", "ZA"},
    {"Singapore", "SG"},
    {"Spain", "ES"},
    {"Sweden", "SE"},
    {"Switzerland", "CH"},
    {"Thailand", "TH"},
    {"USA", "US"},
    {"United Arab Emirates", "AE"},
    {"United Kingdom", "GB"},
};

/* Of a line; with INVOICE_LINES_MAX lines the sum still fits in 32 bits. */
enum { QUANTITY_MAX = 1000000, INVOICE_LINES_MAX = 4000 };

/* One line of the file. */
struct sale {
    struct text order_id;
    struct text customer_id;
    struct text sku;
    struct text country;
    struct text cancels;
    uint32_t quantity;
    bool is_cancel;
    uint64_t line;
};

/* The invoice that is being read: rows of one order id stand together. */
struct reading {
    struct replay_plan *plan;
    const struct replay_plan_options *options;
    struct names invoices; /* every order id of the file, to know where one begins */
    uint32_t invoice;      /* being read; UINT32_MAX = none yet */
    uint32_t first_job;    /* of the invoice */
    uint32_t place_job;    /* of the invoice; UINT32_MAX = none */
    uint32_t invoice_lines;
    uint32_t placed; /* orders so far */
};

void replay_plan_init(struct replay_plan *plan)
{
    *plan = (struct replay_plan){.job_count = 0};
    names_init(&plan->skus);
    names_init(&plan->customers);
    names_init(&plan->order_ids);
}

void replay_plan_release(struct replay_plan *plan)
{
    names_release(&plan->skus);
    names_release(&plan->customers);
    names_release(&plan->order_ids);
    memory_free(plan->orders);
    memory_free(plan->jobs);
    memory_free(plan->lines);
    memory_free(plan->left);
}

/* Room for one more of `count` entries. */
static void *grow(void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    return count < *capacity ? array : memory_grow(array, capacity, size);
}

static uint32_t add_job(struct replay_plan *plan, enum replay_job_kind kind, uint64_t file_line)
{
    plan->jobs = grow(plan->jobs, plan->job_count, &plan->job_capacity, sizeof(*plan->jobs));
    plan->jobs[plan->job_count] =
        (struct replay_job){.kind = kind, .first_line = plan->line_count, .file_line = file_line};
    return plan->job_count++;
}

/* Adds to the job's line of the product, or a line behind all others: only the last job may get
 * one. */
static void add_piece(struct replay_plan *plan, uint32_t job_number, uint32_t product,
                      uint32_t quantity)
{
    struct replay_job *job = &plan->jobs[job_number];
    for (uint32_t i = job->first_line; i < job->first_line + job->line_count; i++) {
        if (plan->lines[i].product == product) {
            ensure(plan->lines[i].quantity <= UINT32_MAX - quantity);
            plan->lines[i].quantity += quantity;
            plan->left[i] += quantity;
            return;
        }
    }
    ensure(job->first_line + job->line_count == plan->line_count);
    uint32_t capacity = plan->line_capacity;
    plan->left = grow(plan->left, plan->line_count, &capacity, sizeof(*plan->left));
    plan->lines = grow(plan->lines, plan->line_count, &plan->line_capacity, sizeof(*plan->lines));
    plan->lines[plan->line_count] = (struct replay_line){.product = product, .quantity = quantity};
    plan->left[plan->line_count] = quantity;
    plan->line_count++;
    job->line_count++;
}

static void set_country(struct replay_order *order, struct text country)
{
    for (size_t i = 0; i < countof(countries); i++) {
        if (text_equal(country, text_of(countries[i].name)))
            memcpy(order->country, countries[i].code, sizeof(order->country));
    }
}

static void add_order(struct reading *reading, const struct sale *sale)
{
    struct replay_plan *plan = reading->plan;
    bool is_new = false;
    uint32_t number = names_add(&plan->order_ids, sale->order_id, &is_new);
    ensure(is_new);
    plan->orders = grow(plan->orders, number, &plan->order_capacity, sizeof(*plan->orders));
    struct replay_order *order = &plan->orders[number];
    *order = (struct replay_order){.customer = REPLAY_GUEST};
    if (sale->customer_id.length > 0)
        order->customer = names_add(&plan->customers, sale->customer_id, NULL);
    set_country(order, sale->country);
    order->job = add_job(plan, REPLAY_PLACE, sale->line);
    plan->jobs[order->job].order = number;
    reading->place_job = order->job;
    reading->placed++;
}

/* Takes the pieces off what is left of the order; false when there are not so many. */
static bool take_left(struct replay_plan *plan, const struct sale *sale, uint32_t product,
                      uint32_t *order_out)
{
    if (sale->cancels.length == 0 || !names_find(&plan->order_ids, sale->cancels, order_out))
        return false;
    const struct replay_job *place = &plan->jobs[plan->orders[*order_out].job];
    for (uint32_t i = place->first_line; i < place->first_line + place->line_count; i++) {
        if (plan->lines[i].product == product && plan->left[i] >= sale->quantity) {
            plan->left[i] -= sale->quantity;
            return true;
        }
    }
    return false;
}

/* The last job, when it is this invoice's and of this kind (and order): lines go on in it. */
static uint32_t cancel_job(struct reading *reading, enum replay_job_kind kind, uint32_t order,
                           uint64_t file_line)
{
    struct replay_plan *plan = reading->plan;
    if (plan->job_count > reading->first_job) {
        const struct replay_job *last = &plan->jobs[plan->job_count - 1];
        if (last->kind == kind && last->order == order)
            return plan->job_count - 1;
    }
    uint32_t job = add_job(plan, kind, file_line);
    plan->jobs[job].order = order;
    return job;
}

static void take_sale(struct reading *reading, const struct sale *sale)
{
    struct replay_plan *plan = reading->plan;
    uint32_t product = names_add(&plan->skus, sale->sku, NULL);
    uint32_t order = 0;
    if (!sale->is_cancel) {
        plan->sale_lines++;
        if (reading->place_job == UINT32_MAX)
            add_order(reading, sale);
        add_piece(plan, reading->place_job, product, sale->quantity);
        return;
    }
    plan->cancel_lines++;
    bool is_left = take_left(plan, sale, product, &order);
    plan->return_lines += is_left ? 0 : 1;
    uint32_t job = cancel_job(reading, is_left ? REPLAY_CANCEL : REPLAY_RETURN, is_left ? order : 0,
                              sale->line);
    add_piece(plan, job, product, sale->quantity);
}

/* NULL, or why the line cannot be used. */
static const char *parse_row(const struct table_row *row, struct sale *sale_out)
{
    const struct text *values = row->values;
    int64_t quantity = 0;
    *sale_out = (struct sale){.order_id = values[COLUMN_ORDER],
                              .customer_id = values[COLUMN_CUSTOMER],
                              .sku = values[COLUMN_SKU],
                              .country = values[COLUMN_COUNTRY],
                              .cancels = values[COLUMN_CANCELS],
                              .is_cancel = text_equal(values[COLUMN_KIND], TEXT("C")),
                              .line = row->line};
    if (sale_out->order_id.length == 0)
        return "no order_id";
    if (sale_out->sku.length == 0)
        return "no sku";
    if (!sale_out->is_cancel && !text_equal(values[COLUMN_KIND], TEXT("S")))
        return "kind is neither S nor C";
    if (!text_to_i64(values[COLUMN_QUANTITY], &quantity) || quantity == 0 ||
        quantity > QUANTITY_MAX || quantity < -QUANTITY_MAX)
        return "quantity is not a number from 1 to 1,000,000";
    if ((quantity < 0) != sale_out->is_cancel)
        return "quantity has the wrong sign";
    sale_out->quantity = (uint32_t)(quantity < 0 ? -quantity : quantity);
    return NULL;
}

/* False: the limit of orders is reached. */
static bool begin_invoice(struct reading *reading, const struct sale *sale, const char **reason_out)
{
    bool is_new = false;
    uint32_t invoice = names_add(&reading->invoices, sale->order_id, &is_new);
    if (invoice == reading->invoice) {
        if (++reading->invoice_lines > INVOICE_LINES_MAX)
            *reason_out = "more than 4,000 lines in one order";
        return true;
    }
    if (!is_new) {
        *reason_out = "lines of one order do not stand together";
        return true;
    }
    uint32_t orders_max = reading->options->orders_max;
    if (!sale->is_cancel && orders_max > 0 && reading->placed >= orders_max)
        return false;
    reading->invoice = invoice;
    reading->invoice_lines = 1;
    reading->first_job = reading->plan->job_count;
    reading->place_job = UINT32_MAX;
    return true;
}

static bool take_row(struct reading *reading, const struct table_row *row)
{
    struct sale sale;
    const char *reason = row->reason ? row->reason : parse_row(row, &sale);
    if (!reason && !begin_invoice(reading, &sale, &reason))
        return false;
    uint32_t job_count = reading->plan->job_count;
    if (!reason && !sale.is_cancel && job_count > reading->first_job &&
        reading->place_job != job_count - 1)
        reason = "an S line behind C lines of the same order";
    if (reason) {
        reading->plan->bad_lines++;
        reading->options->on_bad_line(reading->options->context, row->line, reason);
        return true;
    }
    take_sale(reading, &sale);
    return true;
}

void replay_plan_read(struct replay_plan *plan, struct table_source source,
                      const struct replay_plan_options *options)
{
    struct reading reading = {
        .plan = plan, .options = options, .invoice = UINT32_MAX, .place_job = UINT32_MAX};
    struct table_reader *reader = table_reader_open(source, TABLE_TSV, column_names, COLUMN_COUNT);
    struct table_row row;
    names_init(&reading.invoices);
    while (table_reader_next(reader, &row)) {
        if (!take_row(&reading, &row))
            break;
        if (options->on_row)
            options->on_row(options->context);
    }
    names_release(&reading.invoices);
    table_reader_close(reader);
}
