"""Products, prices and stock in bulk: a line each, a result for each."""
import json
import threading

import contract
import server
from server import ShopTest


class Bulk(ShopTest):
    settings = {"SHOPD_SHED_AFTER_MS": "1000"}  # a machine may be slow

    def bulk(self, *lines, raw=None):
        body = raw if raw is not None else "".join(json.dumps(line) + "\n" for line in lines)
        answer = self.send("POST", "/v1/bulk", body, operator=True, headers={"Content-Type": "application/x-ndjson"})
        self.assertEqual(answer.status, 200, answer.raw)
        self.assertEqual(answer.headers["Content-Type"], "application/x-ndjson")
        results = [json.loads(line) for line in answer.raw.splitlines()]
        for result in results:
            self.assertEqual(list(contract.faults({"$ref": "#/components/schemas/BulkResult"}, result)), [])
        return results

    @staticmethod
    def whole(sku, **fields):
        return {"sku": sku, "name": sku, "category": "HOME", "price": {"amount": 500, "currency": "USD"}, **fields}

    def test_lines_make_change_and_leave(self):
        first = self.bulk(self.whole("B-1", on_hand=5), self.whole("B-2"))
        self.assertEqual([(one["line"], one["sku"], one["result"]) for one in first], [(1, "B-1", "created"), (2, "B-2", "created")])
        second = self.bulk({"sku": "B-1", "price": {"amount": 700, "currency": "USD"}}, {"sku": "B-2", "on_hand": 3},
                           {"sku": "B-1", "on_hand": 5}, {"sku": "B-2", "status": "archived"})
        self.assertEqual([one["result"] for one in second], ["updated", "updated", "unchanged", "updated"])
        shown = self.ok(200, "GET", "/v1/products/" + first[0]["product_id"])
        self.assertEqual((shown["price"]["amount"], shown["available"], shown["version"]), (700, 5, second[0]["version"]))
        self.assertEqual(self.ok(200, "GET", "/v1/products/" + first[1]["product_id"])["status"], "archived")

    def test_a_line_that_is_refused_touches_no_other(self):
        self.bulk(self.whole("R-1", on_hand=5))
        results = self.bulk({"sku": "R-0", "on_hand": 1}, {"sku": "R-1", "on_hand": 6}, {"sku": "R-1", "price": {"amount": -1}},
                            {"sku": "R-1", "nonsense": 1}, {"on_hand": 1}, {"sku": "R-1", "version": 9, "name": "no"},
                            {"sku": "R-1", "location": "moon", "on_hand": 1}, {"sku": "R-1", "category": "NOWHERE"},
                            {"sku": "R-1", "name": "yes", "version": 1})
        found = [one.get("problem", {}).get("code") for one in results]
        self.assertEqual(found, ["product_unknown", None, "invalid_request", "invalid_request", "invalid_request", "version_changed",
                                 "invalid_request", "invalid_request", None])
        self.assertEqual(results[3]["problem"]["errors"][0]["code"], "unknown_field")
        self.assertEqual(results[4]["sku"], None)
        self.assertEqual([one["line"] for one in results], list(range(1, 10)))
        self.assertEqual(self.ok(200, "GET", "/v1/products?sku=R-1")["items"][0]["available"], 6)

    def test_lines_need_not_be_json_and_empty_ones_are_counted_only(self):
        results = self.bulk(raw='\n{"sku":\n  \r\n[1]\r\n{"sku":"N-1","sku":"N-2"}\n' + json.dumps(self.whole("N-1")))
        self.assertEqual([(one["line"], one["result"]) for one in results],
                         [(2, "refused"), (4, "refused"), (5, "refused"), (6, "created")])

    def test_stock_is_set_where_the_line_says_and_not_below_what_is_promised(self):
        place = self.ok(201, "POST", "/v1/locations", {"name": "north", "priority": 3}, operator=True)
        made = self.bulk(self.whole("S-1", on_hand=4))[0]
        self.bulk({"sku": "S-1", "on_hand": 9, "location": "north"}, {"sku": "S-1", "on_hand": 8, "location": place["id"]})
        self.assertEqual(self.stock({"id": made["product_id"]}), (12, 0))
        self.place(({"id": made["product_id"]}, 12))
        results = self.bulk({"sku": "S-1", "on_hand": 7, "location": "north"}, {"sku": "S-1", "on_hand": 5})
        self.assertEqual(results[0]["problem"]["code"], "stock_reserved")
        self.assertEqual(results[1]["result"], "updated")

    def test_many_lines_are_done_in_order_while_others_buy(self):
        product = self.make_product(stock=1000)
        stop = threading.Event()
        bought = []

        def buy():
            client = server.Client(self.server.port)
            while not stop.is_set():
                cart = client.send("POST", "/v1/carts").json
                client.send("POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 1}, token=cart["token"])
                bought.append(client.send("POST", f"/v1/carts/{cart['id']}/checkout", {}, token=cart["token"], key="k").status)
            client.close()

        thread = threading.Thread(target=buy)
        thread.start()
        lines = [self.whole(f"M-{n % 1500}", on_hand=n % 7) for n in range(4000)]
        results = self.bulk(*lines)
        stop.set()
        thread.join()
        self.assertEqual([one["line"] for one in results], list(range(1, 4001)))
        self.assertEqual({one["result"] for one in results[:1500]}, {"created"})
        self.assertNotIn("refused", {one["result"] for one in results})
        self.assertEqual(set(bought), {201})
        self.assertEqual(self.ok(200, "GET", "/v1/products?sku=M-1499")["items"][0]["available"], 2999 % 7)

    def test_only_lines_and_only_operators(self):
        self.refused(415, "unsupported_media_type", "POST", "/v1/bulk", "{}", operator=True)
        self.refused(415, "unsupported_media_type", "POST", "/v1/carts", "{}", headers={"Content-Type": "application/x-ndjson"})
        self.refused(401, "unauthorized", "POST", "/v1/bulk", "{}", headers={"Content-Type": "application/x-ndjson"})
        for body in ("", "\n" * 20001):
            self.refused(400, "invalid_request", "POST", "/v1/bulk", body, operator=True,
                         headers={"Content-Type": "application/x-ndjson"})
