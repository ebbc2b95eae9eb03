"""What workers ask the shop and tell it; tests/kafka has the workers themselves."""
from server import ShopTest

CONTACT = "con_Zc1Zk0S3h3o2Fq0Yk0mYbA"  # of nobody here
DEAD = {"event_id": "evt_1f0c2a9d33e4b5a6_4711", "notice": "order_placed", "channel": "smtp",
        "created_at": "2026-11-25T13:20:00Z", "attempts": 1, "reason": "refused", "data": {"type": "order_placed"}}


class Notify(ShopTest):
    def timeline(self):
        """As a webhook's or an outbox's message names it."""
        from server import eventually
        product = self.make_product(stock=1)
        self.place((product, 1), key="timeline")
        files = eventually(lambda: [path for path in self.server.files() if "-order_placed-" in path.name])
        return files[0].read_text().split("Notice-Id: evt_")[1][:16]

    def faults(self, path, body):
        return self.refused(400, "invalid_request", "POST", path, body, operator=True).fields

    def test_receivers_that_this_shop_has_not_named_are_refused(self):
        for body, field in (({}, "receivers"), ({"receivers": [{}]}, "receivers[0].contact"),
                            ({"receivers": [{"contact": CONTACT}]}, "receivers[0].contact"),
                            ({"receivers": [{"contact": "cus_1"}]}, "receivers[0].contact"),
                            ({"receivers": [{"contact": CONTACT}] * 101}, "receivers"),
                            ({"receivers": [], "all": True}, "all")):
            self.assertIn(field, {name for name, _ in self.faults("/v1/notify/receivers", body)}, body)
        self.assertEqual(self.ok(200, "POST", "/v1/notify/receivers", {"receivers": []}, operator=True), {"items": []})

    def test_a_dead_notice_is_of_an_event_of_this_shop(self):
        right = {**DEAD, "event_id": f"evt_{self.timeline()}_3"}
        for change in ({"event_id": DEAD["event_id"]}, {"event_id": right["event_id"] + "_x"}, {"event_id": "3"},
                       {"event_id": right["event_id"] + "_0"}, {"event_id": right["event_id"].replace("_3", "_-3")},
                       {"notice": "gossip"}, {"channel": "pigeon"}, {"language": "tlh"}, {"contact": CONTACT},
                       {"created_at": "yesterday"}, {"attempts": -1}, {"status": 1000}, {"reason": "x" * 101}, {"data": {}},
                       {"data": "words"}):
            self.assertEqual({name for name, _ in self.faults("/v1/notify/dead", {**right, **change})}, set(change), change)

    def test_a_dead_notice_is_kept_once(self):
        body = {**DEAD, "event_id": f"evt_{self.timeline()}_3", "channel": "twilio", "status": 400}
        for _ in range(2):
            self.ok(204, "POST", "/v1/notify/dead", body, operator=True)
        self.ok(204, "POST", "/v1/notify/dead", {**body, "event_id": body["event_id"] + "_7"}, operator=True)
        items = self.ok(200, "GET", "/v1/notices?state=dead", operator=True)["items"]
        self.assertEqual([(item["event"], item["channel"], item["last_status"], item["attempts"]) for item in items],
                         [(3, "twilio", 400, 1)] * 2)

    def test_nobody_else_may(self):
        for path in ("/v1/notify/receivers", "/v1/notify/dead"):
            self.refused(401, "unauthorized", "POST", path, {})
