"""Carriers tell of parcels: repeated, out of order, forged; the trail is on the order."""
import json
import re
import subprocess

from gateway import Carrier
from server import ROOT, ShopTest

SECRET = "whsec_of_the_carrier_in_the_tests"
GATEWAY_SECRET = "whsec_of_the_gateway_in_the_tests"


class Shipments(ShopTest):
    settings = {"SHOPD_SHIPMENT_SECRETS": SECRET, "SHOPD_PAYMENT_SECRETS": GATEWAY_SECRET}

    def setUp(self):
        super().setUp()
        self.carrier = Carrier(SECRET)

    def shipped(self):
        """An order in two parcels."""
        self.send("POST", "/v1/locations", {"name": "north", "priority": 5}, operator=True)
        product = self.make_product(stock=2)
        self.move({"product_id": product["id"], "location": "north", "quantity": 2, "reason": "received"})
        order, cart = self.place((product, 4))
        self.operate(order, "confirm")
        order = self.operate(order, "ship", {"carrier": "DHL", "tracking_number": "T-1"})
        self.assertEqual(len(order["shipments"]), 2)
        return order, cart

    def say(self, parcel, status, **more):
        answer = self.carrier.send(self.client, self.carrier.tell(parcel, status, **more))
        self.assertEqual(answer.status, 200, answer.raw)
        return answer.json

    def show(self, order):
        return self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)

    def test_parcels_move_the_order(self):
        order, cart = self.shipped()
        first, second = order["shipments"]
        self.assertEqual((first["status"], first["events"]), ("shipped", []))
        self.assertEqual(self.say(first, "in_transit"), {"repeated": False, "shipment_status": "in_transit",
                                                         "order_id": order["id"], "order_status": "shipped"})
        self.assertEqual(self.say(first, "delivered")["order_status"], "shipped")
        self.assertEqual(self.say(second, "exception", code="ADDRESS-2")["shipment_status"], "exception")
        self.assertEqual(self.say(second, "delivered")["order_status"], "delivered")
        shown = self.ok(200, "GET", "/v1/orders/" + order["id"], token=cart["token"])
        self.assertEqual((shown["status"], shown["history"][-1]["by"]), ("delivered", "carrier"))
        self.assertEqual([[step["status"] for step in parcel["events"]] for parcel in shown["shipments"]],
                         [["in_transit", "delivered"], ["exception", "delivered"]])
        self.assertEqual(shown["shipments"][1]["events"][0]["code"], "ADDRESS-2")

    def test_repeats_and_disorder_are_harmless(self):
        order, _ = self.shipped()
        parcel = order["shipments"][0]
        late = self.carrier.tell(parcel, "in_transit", occurred_at="2026-11-25T08:00:00Z")
        out = self.carrier.tell(parcel, "out_for_delivery", occurred_at="2026-11-25T09:00:00Z")
        there = self.carrier.tell(parcel, "delivered", occurred_at="2026-11-25T10:00:00Z")
        for event in (there, out, there, late, out):
            self.assertEqual(self.carrier.send(self.client, event).status, 200)
        shown = self.show(order)["shipments"][0]
        self.assertEqual((shown["status"], [step["status"] for step in shown["events"]]),
                         ("delivered", ["in_transit", "out_for_delivery", "delivered"]))
        self.assertTrue(self.carrier.send(self.client, late).json["repeated"])
        self.assertEqual(len(self.show(order)["history"]), 5)

    def test_strangers_and_gateways_are_refused(self):
        order, _ = self.shipped()
        event = self.carrier.tell(order["shipments"][0], "delivered")
        for secret in ("whsec_of_somebody_else_entirely", GATEWAY_SECRET):
            answer = self.carrier.send(self.client, event, secret=secret)
            self.assertEqual((answer.status, answer.code), (401, "invalid_signature"))
        self.assertEqual(self.carrier.send(self.client, event, at=1).code, "signature_expired")
        self.assertEqual(self.show(order)["status"], "shipped")

    def test_faults_are_named(self):
        order, _ = self.shipped()
        answer = self.carrier.send(self.client, {"status": "delivered", "shipment_id": order["id"],
                                                 "code": "left at Mrs Smith's"})
        self.assertEqual((answer.status, answer.fields), (400, {("id", "missing"), ("shipment_id", "invalid_id"),
                                                               ("code", "invalid_value")}))
        said = self.carrier.send(self.client, {"id": "evt_x", "status": "label_printed", "shipment_id": 5})
        self.assertEqual((said.status, said.json["shipment_status"]), (200, None))

    def test_the_lines_of_the_page_can_be_pasted_for_parcels(self):
        order, _ = self.shipped()
        text = (ROOT / "docs/shipments.md").read_text(encoding="utf-8")
        block = re.search(r"^```bash\n(.*?)^```", text, re.S | re.M)[1]
        given = (f"shop=http://127.0.0.1:{self.server.port} secret={SECRET} "
                 f"shipment={order['shipments'][0]['id']}\n")
        done = subprocess.run(["bash", "-e"], input=given + block, capture_output=True, text=True, timeout=60,
                              check=True)
        said = [json.loads(line)["shipment_status"] for line in done.stdout.splitlines()]
        self.assertEqual(said, ["out_for_delivery", "out_for_delivery", "delivered"])
        trail = [step["status"] for step in self.show(order)["shipments"][0]["events"]]
        self.assertEqual(trail, ["in_transit", "out_for_delivery", "delivered"])

    def test_the_trail_is_there_after_a_kill(self):
        order, _ = self.shipped()
        self.say(order["shipments"][0], "in_transit")
        self.say(order["shipments"][0], "delivered")
        before = self.show(order)
        self.server.end(9)
        self.server.start()
        self.setUp()
        self.assertEqual(self.show(order), before)
        self.say(order["shipments"][1], "delivered")
        self.assertEqual(self.show(order)["status"], "delivered")


class ShipmentsOfOrdersThatSleep(Shipments):
    settings = {**Shipments.settings, "SHOPD_ORDERS_RESIDENT_MAX": "0", "SHOPD_FOLD_SLICE_MS": "10"}
