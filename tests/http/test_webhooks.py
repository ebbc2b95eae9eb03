"""Webhooks: registered by operators, signed, tried again, logged, kept from private addresses."""
import base64
import hashlib
import hmac
import json
import sys

from server import ROOT, ShopTest, eventually

sys.path.insert(0, str(ROOT / "tests/python"))
from provider import Provider  # noqa: E402


def is_signed(secret, request):
    """As standardwebhooks.com describes it, written a second time."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([request.headers["webhook-id"].encode(), request.headers["webhook-timestamp"].encode(), request.body])
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() == request.headers["webhook-signature"]


class Hooked(ShopTest):
    settings = {"SHOPD_WEBHOOK_PRIVATE": "1", "SHOPD_CHANNELS": "outbox"}

    def listen(self, answer=lambda request: (204, b""), **body):
        provider = Provider(answer)
        self.addCleanup(provider.stop)
        hook = self.ok(201, "POST", "/v1/webhooks", {"url": provider.url + "/in?key=1", **body}, operator=True)
        self.addCleanup(self.send, "DELETE", "/v1/webhooks/" + hook["id"], operator=True)
        return provider, hook

    def tries(self, hook, query=""):
        return self.ok(200, "GET", f"/v1/webhooks/{hook['id']}/deliveries{query}", operator=True)

    def get(self, hook):
        return self.ok(200, "GET", "/v1/webhooks/" + hook["id"], operator=True)


class Webhooks(Hooked):
    def test_what_happens_is_told_signed_and_without_a_person(self):
        provider, hook = self.listen(types=["order_placed", "order_shipped"])
        other, _ = self.listen(types=["low_stock"])
        order, _ = self.place((self.make_product(stock=9, price=700, name="Lamp"), 2), key="told-1")
        self.operate(order, "confirm")
        self.operate(order, "ship", {"carrier": "DHL", "tracking_number": "JD01"})
        got = eventually(provider.got, lambda got: len(got) >= 2)
        events = {event["type"]: event for event in (json.loads(request.body) for request in got)}
        self.assertEqual(sorted(events), ["order_placed", "order_shipped"])
        self.assertEqual(events["order_placed"]["order"]["id"], order["id"])
        self.assertEqual(events["order_placed"]["order"]["total"], {"amount": 1400, "currency": "USD", "text": "14.00 USD"})
        self.assertEqual(events["order_shipped"]["shipment"]["tracking_number"], "JD01")
        for request in got:
            self.assertEqual(request.path, "/in?key=1")
            self.assertEqual(request.headers["Content-Type"], "application/json")
            self.assertEqual(request.headers["webhook-id"], json.loads(request.body)["id"])
            self.assertTrue(is_signed(hook["secret"], request))
            self.assertNotIn(b"lice", request.body)
        seen = eventually(lambda: self.tries(hook)["items"], lambda items: len(items) == 2)
        self.assertEqual(sorted((one["type"], one["status"], one["attempt"], one["reason"] or "") for one in seen),
                         [("order_placed", 204, 1, ""), ("order_shipped", 204, 1, "")])
        page = self.tries(hook, "?limit=1")
        rest = self.tries(hook, "?limit=1&cursor=" + page["next_cursor"])
        self.assertEqual(page["items"] + rest["items"], seen)
        self.assertIsNone(rest["next_cursor"])
        self.assertEqual(other.got(), [])

    def test_an_order_without_a_contact_is_told_too(self):
        provider, _ = self.listen(types=["order_confirmed"])
        order, _ = self.place((self.make_product(stock=9), 1), key="erased-1")
        self.ok(204, "DELETE", f"/v1/orders/{order['id']}/contact", operator=True)
        self.operate(order, "confirm")
        self.assertEqual(len(eventually(provider.got)), 1)

    def test_a_failure_is_tried_again_with_the_same_id_and_a_new_signature(self):
        answers = [(500, b"no"), (404, b"not yet"), (200, b"yes")]
        provider, hook = self.listen(lambda request: answers.pop(0), types=["order_placed"])
        self.place((self.make_product(stock=9), 1), key="again-1")
        got = eventually(provider.got, lambda got: len(got) == 3)
        self.assertEqual(len({request.headers["webhook-id"] for request in got}), 1)
        self.assertTrue(all(is_signed(hook["secret"], request) for request in got))
        seen = eventually(lambda: self.tries(hook)["items"], lambda items: len(items) == 3)
        self.assertEqual([(one["attempt"], one["status"]) for one in seen], [(3, 200), (2, 404), (1, 500)])
        self.assertIsNone(self.get(hook)["failing_since"])

    def test_one_that_is_gone_is_not_tried_again(self):
        provider, hook = self.listen(lambda request: (410, b""), types=["order_placed"])
        self.place((self.make_product(stock=9), 1), key="gone-1")
        seen = eventually(lambda: self.tries(hook)["items"])
        self.assertEqual([(one["status"], one["reason"]) for one in seen], [(410, "refused")])
        dead = self.ok(200, "GET", "/v1/notices?state=dead", operator=True)["items"]
        self.assertIn(seen[0]["delivery_id"], [one["id"] for one in dead])
        self.assertIsNotNone(self.get(hook)["failing_since"])

    def test_one_that_hangs_holds_nobody_else(self):
        import threading
        free = threading.Event()
        self.addCleanup(free.set)
        self.listen(lambda request: (free.wait(60), (200, b""))[1], types=["order_placed"])
        well, _ = self.listen(types=["order_placed"])
        product = self.make_product(stock=900)
        for number in range(30):
            self.place((product, 1), key=f"hang-{number}")
        self.assertEqual(len(eventually(well.got, lambda got: len(got) == 30)), 30)

    def test_they_are_changed_switched_off_and_forgotten(self):
        provider, hook = self.listen()
        self.assertIn("order_delivered", hook["types"])
        path = "/v1/webhooks/" + hook["id"]
        changed = self.ok(200, "PATCH", path, {"types": ["order_placed"], "enabled": False}, operator=True)
        self.assertEqual((changed["types"], changed["enabled"]), (["order_placed"], False))
        self.assertIsNotNone(changed["disabled_at"])
        self.assertEqual(changed["secret"], hook["secret"])
        self.place((self.make_product(stock=9), 1), key="off-1")
        self.assertIn(changed, self.ok(200, "GET", "/v1/webhooks", operator=True)["items"])
        self.assertTrue(eventually(self.followed))
        self.ok(200, "PATCH", path, {"enabled": True}, operator=True)
        self.place((self.make_product(stock=9), 1), key="on-1")
        self.assertEqual(len(eventually(provider.got)), 1)
        self.ok(204, "DELETE", path, operator=True)
        self.refused(404, "not_found", "GET", path, operator=True)
        self.refused(404, "not_found", "DELETE", path, operator=True)
        self.refused(404, "not_found", "PATCH", path, {"enabled": True}, operator=True)
        self.refused(404, "not_found", "GET", path + "/deliveries", operator=True)

    def test_faults_are_refused(self):
        answer = self.refused(400, "invalid_request", "POST", "/v1/webhooks",
                              {"url": "ftp://x", "types": ["order_eaten"], "more": 1}, operator=True)
        self.assertEqual(answer.fields, {("url", "invalid_value"), ("types", "invalid_value"), ("more", "unknown_field")})
        self.refused(400, "invalid_request", "POST", "/v1/webhooks", {"url": "https://a b"}, operator=True)
        self.refused(400, "invalid_request", "POST", "/v1/webhooks", {}, operator=True)
        self.refused(401, "unauthorized", "GET", "/v1/webhooks")


class Unheard(Hooked):
    settings = {"SHOPD_WEBHOOK_PRIVATE": "1", "SHOPD_CHANNELS": ""}

    def test_a_webhook_is_told_where_there_was_nobody(self):
        order, _ = self.place((self.make_product(stock=9), 1), key="unheard-1")
        self.operate(order, "confirm")
        provider, _ = self.listen(types=["order_shipped"])
        self.operate(order, "ship", {"carrier": "DHL", "tracking_number": "JD01"})
        self.assertEqual(len(eventually(provider.got)), 1)


class Guarded(Hooked):
    settings = {"SHOPD_CHANNELS": ""}

    def test_private_addresses_are_not_called_whatever_the_name_is(self):
        provider = Provider()
        self.addCleanup(provider.stop)
        product = self.make_product(stock=99)
        for number, host in enumerate(("127.0.0.1", "localhost", "[::1]", "0x7f.1", "0", "[::ffff:127.0.0.1]")):
            hook = self.ok(201, "POST", "/v1/webhooks", {"url": f"http://{host}:{provider.port}/"}, operator=True)
            self.place((product, 1), key=f"guard-{number}")
            seen = eventually(lambda: self.tries(hook)["items"])
            self.assertEqual((seen[0]["status"], seen[0]["reason"]), (None, "address not allowed"), host)
            self.ok(204, "DELETE", "/v1/webhooks/" + hook["id"], operator=True)
        self.assertEqual(provider.got(), [])
