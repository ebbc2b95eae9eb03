import re
import shutil
import subprocess
import unittest

from server import ShopTest, eventually

SAMPLE = re.compile(r"^(\w+)(\{.*\})? (\S+)$")


class Metrics(ShopTest):
    def scrape(self):
        text = self.send("GET", "/metrics").raw.decode()
        samples = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                samples[name + (labels or "")] = float(value)
        return samples

    def grown(self, before, name):
        return self.scrape().get(name, 0) - before.get(name, 0)

    def test_they_are_prometheus_text_without_a_complaint(self):
        if shutil.which("promtool") is None:
            self.skipTest("promtool of the Debian package prometheus is not installed")
        self.place((self.make_product(stock=5), 1))
        self.refused(404, "not_found", "GET", "/nowhere")
        done = subprocess.run(["promtool", "check", "metrics"], input=self.send("GET", "/metrics").raw,
                              capture_output=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, b""))

    def test_a_route_has_its_rate_its_errors_and_its_latency(self):
        before = self.scrape()
        for _ in range(3):
            self.ok(200, "GET", "/v1/products")
        self.refused(400, "invalid_request", "GET", "/v1/products?sort=odd")
        self.refused(404, "not_found", "GET", "/nowhere")
        route = 'method="GET",route="/v1/products"'
        self.assertEqual(self.grown(before, f'shop_http_answers_total{{{route},status="2xx"}}'), 3)
        self.assertEqual(self.grown(before, f'shop_http_answers_total{{{route},status="4xx"}}'), 1)
        self.assertEqual(self.grown(before, f"shop_http_answer_seconds_count{{{route}}}"), 4)
        self.assertGreater(self.grown(before, f"shop_http_answer_seconds_sum{{{route}}}"), 0)
        self.assertEqual(self.grown(before, 'shop_http_answers_total{route="none",status="4xx"}'), 1)

    def test_the_stages_of_a_write_are_timed(self):
        product = self.make_product(stock=5)
        before = self.scrape()
        self.place((product, 1))  # a line and an order: an empty cart needs no write
        for stage in ("queue", "decide", "record", "answer"):
            self.assertEqual(self.grown(before, f'shop_write_stage_seconds_count{{stage="{stage}"}}'), 2, stage)
        self.assertEqual(self.grown(before, "shop_store_flush_seconds_count"), 2)
        self.assertEqual(self.grown(before, "shop_batch_commands_sum"), self.grown(before, "shop_commands_total"))
        self.assertEqual(self.grown(before, "shop_batch_events_sum"), self.grown(before, "shop_events_total"))

    def test_what_is_sold_out_is_counted_and_the_guard_is_not_hit(self):
        product = self.make_product(stock=1)
        before = self.scrape()
        cart = self.open_cart()
        self.refused(409, "out_of_stock", "POST", f"/v1/carts/{cart['id']}/items",
                     {"product_id": product["id"], "quantity": 2}, token=cart["token"])
        self.assertEqual(self.grown(before, "shop_stock_short_total"), 1)
        self.assertEqual(self.scrape()["shop_stock_guard_hits_total"], 0)

    def test_connections_are_told_by_state(self):
        def states():
            return {key: value for key, value in self.scrape().items() if key.startswith("shop_http_connections_by")}
        seen = eventually(states, lambda now: sum(now.values()) == self.scrape()["shop_http_connections"])
        self.assertEqual(seen['shop_http_connections_by_state{state="out"}'], 1)

    def test_every_queue_is_told(self):
        seen = self.scrape()
        for queue in ('shop_commands_queued{priority="orders"}', 'shop_commands_queued{priority="carts"}',
                      'shop_commands_queued{priority="bulk"}', "shop_commands_loading", "shop_loads", "shop_passwords"):
            self.assertEqual(seen[queue], 0, queue)

    def test_memory_is_told_by_lifetime_and_the_disk_by_its_room(self):
        seen = self.scrape()
        for lifetime in ("process", "connection", "request", "transaction", "version", "cache"):
            self.assertGreater(seen[f'shop_memory_bytes{{lifetime="{lifetime}"}}'], 0, lifetime)
        whole = sum(value for key, value in seen.items() if key.startswith("shop_memory_bytes"))
        self.assertEqual(whole, seen["process_resident_memory_bytes"])
        self.assertGreater(seen["shop_disk_size_bytes"], seen["shop_disk_free_bytes"] - 1)


if __name__ == "__main__":
    unittest.main()
