// A shopping trip through the generated client: what compiles here is what the document promises.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };
type Order = components["schemas"]["Order"];

const [url, operatorKey] = process.argv.slice(2);
if (!url || !operatorKey) throw new Error("usage: trip.js URL OPERATOR_KEY");
const shop = createClient<paths>({ baseUrl: url });
const operator = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${operatorKey}` } });

function need<T>(value: T | undefined, what: string, problem?: unknown): T {
  if (value === undefined) throw new Error(`${what}: ${JSON.stringify(problem)}`);
  return value;
}

function is(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

const made = await operator.POST("/v1/products", {
  body: { sku: "TRIP-1", name: "A thing to buy", category: "HOME", price: { amount: 1999, currency: "USD" } },
});
const product = need(made.data, "the product was not made", made.error);
const received = await operator.POST("/v1/stock/movements", {
  body: { product_id: product.id, quantity: 10, reason: "received" },
});
need(received.data, "no stock came in", received.error);

const found = need((await shop.GET("/v1/products", { params: { query: { q: "thing", limit: 5 } } })).data, "search");
is(found.items.some(item => item.id === product.id), "what was made is found");

const cart = need((await shop.POST("/v1/carts", {})).data, "no cart");
const path = { id: cart.id };
const headers = { "Cart-Token": need(cart.token, "a new cart shows its token") };
const filled = await shop.POST("/v1/carts/{id}/items", {
  params: { path }, headers, body: { product_id: product.id, quantity: 2 },
});
need(filled.data, "nothing was put in", filled.error);

async function buy(key: string, amount: number) {
  return shop.POST("/v1/carts/{id}/checkout", {
    params: { path, header: { "Idempotency-Key": key } },
    headers,
    body: {
      contact: { name: "Alice", email: "alice@example.com" },
      shipping_address: { name: "Alice", line1: "1 Main St", city: "Springfield", postal_code: "62704", country: "US" },
      expected_total: { amount, currency: "USD" },
    },
  });
}

const dearer = await buy("trip-0", 1);
is(dearer.response.status === 409 && dearer.error?.code === "price_changed", "another total is refused");
const bought = await buy("trip-1", 3998);
const order: Order = need(bought.data, "not bought", bought.error);
const again = need((await buy("trip-1", 3998)).data, "not answered again");
is(again.id === order.id, "the same key, the same order");

for (const step of ["/v1/orders/{id}/confirm", "/v1/orders/{id}/ship", "/v1/orders/{id}/deliver"] as const) {
  const moved = await operator.POST(step, { params: { path: { id: order.id } }, body: {} });
  need(moved.data, step, moved.error);
}
const shown = need((await shop.GET("/v1/orders/{id}", { params: { path: { id: order.id } }, headers })).data, "not shown");
is(shown.status === "delivered", `the order is ${shown.status}`);
const unknown = await shop.GET("/v1/products/{id}", { params: { path: { id: "prd_x" } } });
is(unknown.error?.code === "product_unknown", "what is not there is a problem with a code");
console.log(`bought order ${order.number}`);
