"""A gateway tells of payments: forged, repeated, late, out of order, and after an outage."""
import concurrent.futures
import json
import os
import re
import subprocess
import tempfile
import time

from gateway import Gateway, sign
from server import OPERATOR_KEY, ROOT, Client, ShopTest

SECRET = "whsec_of_the_gateway_in_the_tests"
OLD_SECRET = "whsec_of_the_gateway_last_year"


class Payments(ShopTest):
    settings = {"SHOPD_PAYMENT_SECRETS": f"{OLD_SECRET}, {SECRET}"}

    def setUp(self):
        super().setUp()
        self.gateway = Gateway(SECRET)

    def order(self, stock=3, pieces=2):
        self.product = self.make_product(stock=stock)
        return self.place((self.product, pieces))

    def show(self, order):
        return self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)

    def say(self, event, **options):
        answer = self.gateway.send(self.client, event, **options)
        self.assertEqual(answer.status, 200, answer.raw)
        return answer.json

    def refuse(self, status, code, event, **options):
        answer = self.gateway.send(self.client, event, **options)
        self.assertEqual((answer.status, answer.code), (status, code), answer.raw)

    def test_a_success_confirms_the_order(self):
        order, cart = self.order()
        said = self.say(self.gateway.succeed(order, occurred_at="2026-11-25T10:00:00Z"))
        self.assertEqual(said, {"outcome": "confirmed", "repeated": False, "order_id": order["id"],
                                "order_status": "confirmed"})
        shown = self.ok(200, "GET", "/v1/orders/" + order["id"], token=cart["token"])
        self.assertEqual((shown["status"], shown["history"][1]["by"], shown["payment_expires_at"]),
                         ("confirmed", "gateway", None))
        payment = shown["payments"][0]
        self.assertEqual((payment["type"], payment["outcome"], payment["amount"], payment["payment_id"]),
                         ("succeeded", "confirmed", {"amount": 2000, "currency": "USD"}, "pay_" + order["number"]))
        self.assertEqual(self.checkout(cart).json, order)  # a repeated checkout: the same bytes

    def test_a_failure_cancels_and_releases(self):
        order, _ = self.order()
        self.assertEqual(self.stock(self.product), (3, 2))
        self.assertEqual(self.say(self.gateway.fail(order, reason="card_declined"))["outcome"], "cancelled")
        shown = self.show(order)
        self.assertEqual((shown["status"], shown["history"][1]["reason"], shown["history"][1]["by"]),
                         ("cancelled", "card_declined", "gateway"))
        self.assertEqual(self.stock(self.product), (3, 0))

    def test_what_is_said_again_changes_nothing(self):
        order, _ = self.order()
        event = self.gateway.succeed(order)
        self.say(event)
        before = self.show(order)
        for _ in range(3):
            again = self.say(event)
            self.assertEqual((again["outcome"], again["repeated"]), ("confirmed", True))
        self.assertEqual(self.show(order), before)

    def test_twenty_of_one_event_at_once_are_taken_once(self):
        order, _ = self.order()
        event = self.gateway.succeed(order)

        def send(_):
            client = Client(self.server.port)
            try:
                return self.gateway.send(client, event).json["repeated"]
            finally:
                client.close()

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            self.assertEqual(sorted(pool.map(send, range(20))), [False] + [True] * 19)
        self.assertEqual(len(self.show(order)["payments"]), 1)

    def test_what_comes_late_or_out_of_order_is_harmless(self):
        order, _ = self.order()
        self.say(self.gateway.succeed(order))
        self.assertEqual(self.say(self.gateway.fail(order))["outcome"], "ignored")
        self.assertEqual(self.show(order)["status"], "confirmed")
        other, _ = self.order()
        self.say(self.gateway.fail(other))
        self.assertEqual(self.say(self.gateway.succeed(other))["outcome"], "orphaned")
        self.assertEqual(self.show(other)["status"], "cancelled")
        self.assertEqual(self.stock(self.product), (3, 0))

    def test_only_the_exact_amount_confirms(self):
        order, _ = self.order()
        for more in ({"amount": 1999}, {"amount": 2001}, {"currency": "EUR"}):
            self.assertEqual(self.say(self.gateway.succeed(order, **more))["outcome"], "orphaned")
            self.assertEqual(self.show(order)["status"], "pending")
        self.assertEqual(self.say(self.gateway.succeed(order))["outcome"], "confirmed")
        self.assertEqual(self.say(self.gateway.succeed(order))["outcome"], "orphaned")  # paid twice
        self.assertEqual([payment["outcome"] for payment in self.show(order)["payments"]],
                         ["orphaned"] * 3 + ["confirmed", "orphaned"])

    def test_cancelling_what_was_paid_is_due_back(self):
        order, _ = self.order()
        self.say(self.gateway.succeed(order))
        line = order["lines"][0]["id"]
        self.operate(order, "cancel", {"lines": [{"line_id": line, "quantity": 1}]})
        self.operate(order, "cancel")
        due = [payment for payment in self.show(order)["payments"] if payment["type"] == "refund_due"]
        self.assertEqual([(entry["amount"]["amount"], entry["payment_id"]) for entry in due],
                         [(1000, "pay_" + order["number"])] * 2)

    def test_an_operators_word_and_the_gateways_go_together(self):
        order, _ = self.order()
        self.operate(order, "confirm")
        self.assertEqual(self.say(self.gateway.succeed(order))["outcome"], "captured")
        self.operate(order, "cancel")
        self.assertEqual(self.show(order)["payments"][-1]["amount"]["amount"], 2000)

    def test_both_secrets_are_good_and_no_other(self):
        order, _ = self.order()
        event = self.gateway.succeed(order)
        self.refuse(401, "invalid_signature", event, secret="whsec_of_somebody_else_entirely")
        self.refuse(401, "invalid_signature", event, header="t=1,v1=00")
        self.refuse(401, "invalid_signature", event, header="nonsense")
        answer = self.send("POST", "/v1/payments/events", event)
        self.assertEqual((answer.status, answer.code), (401, "invalid_signature"))
        self.assertEqual(self.show(order)["status"], "pending")
        self.say(event, secret=OLD_SECRET)
        self.assertTrue(self.say(event)["repeated"])

    def test_a_changed_body_is_a_forgery(self):
        order, _ = self.order()
        event = self.gateway.succeed(order, amount=1)
        header = sign(SECRET, json.dumps(event))
        forged = json.dumps({**event, "amount": {"amount": 2000, "currency": "USD"}})
        self.refuse(401, "invalid_signature", event, body=forged, header=header)
        self.assertEqual(self.show(order)["payments"], [])

    def test_an_old_callback_is_worth_nothing(self):
        order, _ = self.order()
        event = self.gateway.succeed(order)
        for at in (time.time() - 400, time.time() + 400, 0):
            self.refuse(401, "signature_expired", event, at=at)
        self.assertEqual(self.show(order)["payments"], [])
        self.say(event, at=time.time() - 200)

    def test_other_events_and_members_are_passed_over(self):
        order, _ = self.order()
        said = self.say({"id": "evt_x", "type": "customer.created", "data": {"object": 1}})
        self.assertEqual(said, {"outcome": "ignored", "repeated": False, "order_id": None, "order_status": None})
        self.say({**self.gateway.succeed(order), "livemode": False, "data": [1]})
        self.assertEqual(self.show(order)["status"], "confirmed")

    def test_faults_are_named(self):
        order, _ = self.order()
        answer = self.gateway.send(self.client, {"type": "payment.succeeded", "order_id": "ord_x", "amount": 5})
        self.assertEqual((answer.status, answer.fields), (400, {("id", "missing"), ("order_id", "invalid_id"),
                                                               ("amount", "wrong_type")}))
        self.assertEqual(self.gateway.send(self.client, None, body="{").status, 400)
        self.assertEqual(self.gateway.send(self.client, None, body="[]").status, 400)
        self.assertEqual(self.show(order)["status"], "pending")

    def test_everything_is_there_after_a_kill(self):
        order, _ = self.order()
        event = self.gateway.succeed(order)
        self.say(event)
        self.operate(order, "cancel")
        late = self.gateway.succeed(order)
        self.say(late)
        before = self.show(order)
        self.server.end(9)
        self.server.start()
        self.setUp()
        self.assertEqual(self.show(order), before)
        self.assertEqual([self.say(again)["repeated"] for again in (event, late)], [True, True])
        self.assertEqual(self.show(order), before)


class PaymentsOfOrdersThatSleep(Payments):
    settings = {**Payments.settings, "SHOPD_ORDERS_RESIDENT_MAX": "0", "SHOPD_FOLD_SLICE_MS": "10"}


class Outage(ShopTest):
    """Orders live for a second. The shop is down for longer than that; the gateway's callbacks wait."""

    settings = {"SHOPD_PAYMENT_SECRETS": SECRET, "SHOPD_PAYMENT_TIMEOUT_S": "1", "SHOPD_TIMEOUT_GRACE_S": "900",
                "SHOPD_TIMEOUT_TICK_MS": "20"}

    def wait_until_due(self, order):
        """Without the grace time it would be over now."""
        end = time.monotonic() + 1.3
        while time.monotonic() < end:
            shown = self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)
        return shown

    def test_no_paid_order_is_cancelled_after_an_outage(self):
        gateway = Gateway(SECRET)
        product = self.make_product(stock=5)
        orders = [self.place((product, 1))[0] for _ in range(3)]
        self.server.end(9)
        for order in orders:
            gateway.succeed(order)
        time_of_death = time.monotonic()
        while time.monotonic() < time_of_death + 1.2:
            os.stat(self.server.folder)  # longer than an order lives
        self.server.start()
        self.setUp()
        self.assertEqual(self.wait_until_due(orders[0])["status"], "pending")
        self.assertEqual([answer["outcome"] for answer in gateway.deliver(self.client)], ["confirmed"] * 3)
        self.assertEqual(gateway.queue, [])
        self.assertEqual(self.stock(product), (5, 3))


class LateSuccess(ShopTest):
    settings = {"SHOPD_PAYMENT_TIMEOUT_S": "1", "SHOPD_TIMEOUT_GRACE_S": "0", "SHOPD_TIMEOUT_TICK_MS": "20"}

    @classmethod
    def setUpClass(cls):
        with tempfile.NamedTemporaryFile("w", prefix="shopd-secrets-", delete=False) as file:
            file.write(f"{OLD_SECRET}\n{SECRET}\n")
        cls.secrets = file.name
        cls.settings = {**cls.settings, "SHOPD_PAYMENT_SECRETS_FILE": cls.secrets}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        os.unlink(cls.secrets)

    def test_money_that_comes_after_the_timeout_is_orphaned(self):
        gateway = Gateway(SECRET)
        product = self.make_product(stock=1)
        order, _ = self.place((product, 1))
        gateway.succeed(order)
        end = time.monotonic() + 30
        while self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)["status"] == "pending":
            self.assertLess(time.monotonic(), end)
        self.assertEqual(gateway.deliver(self.client), [{"outcome": "orphaned", "repeated": False,
                                                         "order_id": order["id"], "order_status": "cancelled"}])
        shown = self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)
        self.assertEqual((shown["status"], shown["payments"][0]["outcome"]), ("cancelled", "orphaned"))
        self.assertEqual(self.stock(product), (1, 0))


class Page(ShopTest):
    settings = {"SHOPD_PAYMENT_SECRETS": SECRET}

    def test_the_lines_of_the_page_can_be_pasted(self):
        text = (ROOT / "docs/payments.md").read_text(encoding="utf-8")
        blocks = re.findall(r"^```bash\n(.*?)^```", text, re.S | re.M)
        self.assertEqual(len(blocks), 2)
        given = (f"shop=http://127.0.0.1:{self.server.port} secret={SECRET} "
                 f"operator='Authorization: Bearer {OPERATOR_KEY}'\n")
        done = subprocess.run(["bash", "-e"], input=given + "".join(blocks), capture_output=True, text=True,
                              timeout=60, check=True)
        order, first, again, failed, payments = done.stdout.splitlines()
        said = [(answer["outcome"], answer["repeated"]) for answer in map(json.loads, (first, again, failed))]
        self.assertEqual(said, [("confirmed", False), ("confirmed", True), ("ignored", False)])
        due = json.loads(payments)[-1]
        self.assertEqual((due["type"], due["amount"]["amount"], due["payment_id"]), ("refund_due", 2500, "pay_1"))
        self.assertEqual(self.ok(200, "GET", "/v1/orders/" + order, operator=True)["status"], "cancelled")


class NoSecrets(ShopTest):
    def test_without_a_secret_callbacks_are_refused(self):
        order, _ = self.place((self.make_product(stock=1), 1))
        gateway = Gateway(SECRET)
        answer = gateway.send(self.client, gateway.succeed(order))
        self.assertEqual((answer.status, answer.code), (403, "callbacks_off"))
