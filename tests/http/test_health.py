from server import ShopTest, eventually


class Health(ShopTest):
    # GET /v1/events is answered with 503 where no stream may be open.
    settings = {"SHOPD_HEALTH_INTERVAL_MS": "300", "SHOPD_HEALTH_ANSWERS_MIN": "1", "SHOPD_STREAMS_MAX": "0"}

    def fail(self):
        self.assertEqual(self.send("GET", "/v1/events", operator=True).status, 503)

    def ready(self):
        return self.ok(200, "GET", "/readyz")

    def failing(self, look):
        """The first answer of look() that tells of something omitted, while requests fail."""
        def try_again():
            self.fail()
            return look()
        return eventually(try_again, lambda seen: seen.get("omitted"))

    def test_failures_degrade_and_what_is_optional_goes_first(self):
        self.make_product(stock=5, name="Blue kettle")
        page = "/v1/products?facets=true"
        well = self.ok(200, "GET", page)
        self.assertIn("facets", well)
        self.assertNotIn("omitted", well)

        seen = self.failing(self.ready)
        self.assertEqual((seen["status"], seen["omitted"]), ("degraded", ["facets", "suggestions"]))
        self.assertEqual([reason["code"] for reason in seen["reasons"]], ["failing"])
        self.assertRegex(seen["reasons"][0]["detail"], r"^\d+\.\d\d % of answers were 5xx; 1\.00 % are allowed$")

        seen = self.failing(lambda: self.ok(200, "GET", page))
        self.assertEqual(seen["omitted"], ["facets"])
        self.assertNotIn("facets", seen)
        self.assertEqual((seen["items"], seen["total"]), (well["items"], well["total"]))
        seen = self.failing(lambda: self.ok(200, "GET", "/v1/suggest?q=blu"))
        self.assertEqual(seen, {"items": [], "omitted": ["suggestions"]})
        self.failing(self.ready)
        self.assertNotIn("omitted", self.ok(200, "GET", "/v1/products"))  # nobody asked for facets
        self.assertIn("degraded, what is optional is left out", self.server.log_text())

        well = {"status": "ok", "reasons": [], "omitted": []}
        self.assertEqual(eventually(self.ready, lambda seen: seen == well), well)
        self.assertIn("facets", self.ok(200, "GET", page))
        self.assertTrue(self.ok(200, "GET", "/v1/suggest?q=blu")["items"])
        self.assertIn("well again", self.server.log_text())
