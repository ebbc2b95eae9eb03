#include "app/audit_books.h"
#include "base/hash.h"

#include <string.h>

uint64_t audit_mix(uint64_t hash, uint64_t value)
{
    return hash_u64(hash ^ hash_u64(value + UINT64_C(0x9e3779b97f4a7c15)));
}

static uint64_t mix_text(uint64_t hash, const char *data, uint32_t length)
{
    return audit_mix(hash, length == 0 ? 0 : hash_bytes(data, length));
}

uint64_t audit_mix_move(uint64_t hash, const struct order_move *move)
{
    hash = audit_mix(hash, move->at_ms);
    hash = audit_mix(hash, (uint64_t)move->action << 16 | (uint64_t)move->state << 8 | move->actor);
    return mix_text(hash, move->note, move->note_length);
}

uint64_t audit_parcel_line(uint32_t line, uint32_t quantity)
{
    return audit_mix(line, quantity);
}

uint64_t audit_parcel_content(uint64_t lines_sum, struct text carrier, struct text tracking_number)
{
    uint64_t hash = mix_text(lines_sum, carrier.data, carrier.length);
    return mix_text(hash, tracking_number.data, tracking_number.length);
}

static uint64_t mix_totals(uint64_t hash, const struct order_totals *totals)
{
    hash = audit_mix(hash, (uint64_t)totals->subtotal_minor);
    hash = audit_mix(hash, (uint64_t)totals->discount_minor);
    hash = audit_mix(hash, (uint64_t)totals->shipping_minor);
    hash = audit_mix(hash, (uint64_t)totals->tax_minor);
    return audit_mix(hash, (uint64_t)totals->total_minor);
}

static uint64_t mix_line(uint64_t hash, const struct order_line *line)
{
    hash = audit_mix(hash, (uint64_t)line->product << 32 | line->rule_mask);
    hash = audit_mix(hash, (uint64_t)line->quantity_ordered << 32 | line->quantity);
    hash = audit_mix(hash, (uint64_t)line->unit_price_minor);
    hash = audit_mix(hash, (uint64_t)line->discount_ordered_minor);
    return audit_mix(hash, (uint64_t)line->discount_minor);
}

/* Parts of a line have no order among themselves, so their hashes are summed. */
static uint64_t part_hash(const struct order_part *part)
{
    uint64_t hash = audit_mix(part->line, part->location);
    hash = audit_mix(hash, (uint64_t)part->reserved << 32 | part->shipped);
    return audit_mix(hash, part->reserved_ordered);
}

static uint64_t frame_digest(const struct order *order)
{
    uint64_t key[2];
    memcpy(key, order->key, sizeof key);
    const uint64_t values[] = {
        order->number,     order->cart,      order->previous,
        order->created_ms, order->body_hash, order->customer,
        order->currency,   key[0],           key[1],
        order->state,      order->placed_by, order->pricing_version,
        order->line_count,
    };
    uint64_t hash = 0;
    for (uint32_t i = 0; i < countof(values); i++)
        hash = audit_mix(hash, values[i]);
    hash = mix_totals(hash, &order->totals);
    hash = mix_totals(hash, &order->totals_ordered);
    for (uint32_t i = 0; i < order->line_count; i++)
        hash = mix_line(hash, &order->lines[i]);
    uint64_t parts = 0;
    for (uint32_t i = 0; i < order->part_count; i++)
        parts += part_hash(&order->parts[i]);
    return audit_mix(hash, parts);
}

static uint64_t mix_parcel(uint64_t hash, const struct book_parcel *parcel)
{
    hash = audit_mix(hash, parcel->shipped_ms);
    hash = audit_mix(hash, parcel->delivered_ms);
    hash = audit_mix(hash, parcel->location);
    return audit_mix(hash, parcel->content_hash);
}

uint64_t audit_mix_payment(uint64_t hash, const struct order_payment *payment)
{
    hash = audit_mix(hash, payment->at_ms);
    hash = audit_mix(hash, payment->occurred_ms);
    hash = audit_mix(hash, (uint64_t)payment->amount_minor);
    hash = audit_mix(hash, (uint64_t)payment->currency << 32 | (uint64_t)payment->kind << 8 |
                               payment->outcome);
    hash = mix_text(hash, payment->id.data, payment->id.length);
    return mix_text(hash, payment->reference.data, payment->reference.length);
}

uint64_t audit_hash_tracking(const struct order_tracking *step)
{
    uint64_t hash = audit_mix(step->at_ms, step->occurred_ms);
    hash = audit_mix(hash, (uint64_t)step->shipment << 8 | step->status);
    hash = mix_text(hash, step->id.data, step->id.length);
    return mix_text(hash, step->code.data, step->code.length);
}

uint64_t audit_digest_live(const struct book_live *live)
{
    uint64_t hash = audit_mix(frame_digest(&live->order), live->moves_hash);
    for (uint32_t i = 0; i < live->parcel_count; i++)
        hash = mix_parcel(hash, &live->parcels[i]);
    return hash;
}

struct book_parcel audit_parcel_of(const struct order_shipment *shipment)
{
    uint64_t lines_sum = 0;
    for (uint32_t i = 0; i < shipment->line_count; i++)
        lines_sum += audit_parcel_line(shipment->lines[i].line, shipment->lines[i].quantity);
    return (struct book_parcel){
        .shipped_ms = shipment->shipped_ms,
        .delivered_ms = shipment->delivered_ms,
        .location = shipment->location,
        .content_hash =
            audit_parcel_content(lines_sum, shipment->carrier, shipment->tracking_number),
    };
}

uint64_t audit_digest_order(const struct order *order)
{
    uint64_t moves_hash = 0;
    for (uint32_t i = 0; i < order->move_count; i++)
        moves_hash = audit_mix_move(moves_hash, &order->moves[i]);
    uint64_t hash = audit_mix(frame_digest(order), moves_hash);
    for (const struct order_shipment *shipment = order->shipments; shipment != NULL;
         shipment = shipment->next) {
        struct book_parcel parcel = audit_parcel_of(shipment);
        hash = mix_parcel(hash, &parcel);
    }
    return hash;
}
