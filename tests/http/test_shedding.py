from server import ShopTest, eventually


class Shedding(ShopTest):
    # Tables that are never brought up to date, and may not be so far behind: soon every write is one too many.
    settings = {"SHOPD_FOLD_LAG_MAX_MS": "2000", "SHOPD_FOLD_SLICE_MS": "600000"}

    def test_writes_are_refused_with_a_time_to_come_back_and_reads_flow(self):
        def write():
            return self.send("POST", "/v1/categories", {"name": "HOME"}, operator=True)
        answer = eventually(write, lambda seen: seen.status == 503)
        self.assertEqual((answer.status, answer.code), (503, "overloaded"))
        self.assertEqual(answer.headers["Retry-After"], "6")
        for path in ("/v1/products", "/v1/categories", "/readyz", "/v1/locations"):
            self.ok(200, "GET", path, operator=path == "/v1/locations")
        self.assertRegex(self.send("GET", "/metrics").raw.decode(), r"(?m)^shop_commands_shed_total [1-9]")
