"""What people are told, as the outbox shows it: the channel that needs no provider."""
import re

from gateway import Carrier, Gateway
from server import ALICE, ShopTest, eventually


class Outbox(ShopTest):
    def messages(self, notice):
        return [path.read_text() for path in sorted(self.server.files()) if f"-{notice}-" in path.name]

    def message(self, notice, *words):
        """The one message of this notice that has all the words."""
        def find():
            return [text for text in self.messages(notice) if all(word in text for word in words)]
        found = eventually(find)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_every_step_of_an_order_is_told(self):
        product = self.make_product(stock=9, price=1999, name="Lamp <b>")
        order, _ = self.place((product, 2))
        text = self.message("order_placed", order["number"])
        self.assertIn(f"To: {ALICE['name']} <{ALICE['email']}>\n", text)
        self.assertIn("2 x Lamp <b>  39.98 USD", text)
        self.assertRegex(text, r"Notice-Id: evt_[0-9a-f]{16}_\d+\n")
        self.operate(order, "confirm")
        self.message("order_confirmed", order["number"])
        self.operate(order, "ship", {"carrier": "UPS", "tracking_number": "1Z 9"})
        text = self.message("order_shipped", order["number"])
        self.assertIn("https://www.ups.com/track?tracknum=1Z%209\n", text)
        self.operate(order, "deliver")
        self.message("order_delivered", order["number"])
        other, _ = self.place((product, 1), key="key-2")
        self.operate(other, "cancel", {"reason": "asked for by Alice"})
        self.assertNotIn("asked for", self.message("order_cancelled", other["number"]))

    def test_operators_hear_of_low_stock_once(self):
        product = self.make_product(stock=6, name="Rare thing", low_stock_threshold=3)
        self.place((product, 2), key="low-1")
        self.place((product, 1), key="low-2")
        self.assertIn("Rare thing", self.message("low_stock", product["sku"], "3 left"))
        order, _ = self.place((product, 1), key="low-3")
        self.message("order_placed", order["number"])
        self.message("low_stock", product["sku"])
        self.move({"product_id": product["id"], "quantity": 5, "reason": "received"})
        self.assertTrue(eventually(self.nothing_waits))
        self.place((product, 4), key="low-4")
        texts = eventually(lambda: [text for text in self.messages("low_stock") if product["sku"] in text],
                           lambda found: len(found) == 2)
        self.assertEqual(len(texts), 2)

    def test_a_message_goes_with_the_contact(self):
        product = self.make_product(stock=9)
        order, _ = self.place((product, 1), key="erase-1", contact={"name": "Dora Unique", "email": "d@example.com"})
        self.message("order_placed", "Dora Unique")
        self.ok(204, "DELETE", f"/v1/orders/{order['id']}/contact", operator=True)
        self.assertEqual(eventually(lambda: [text for text in self.messages("order_placed") if "Dora" in text],
                                    lambda found: not found), [])
        self.operate(order, "confirm")
        other, _ = self.place((product, 1), key="erase-2")
        self.message("order_placed", other["number"])  # the one behind it has come
        self.assertEqual([text for text in self.messages("order_confirmed") if order["number"] in text], [])

    def test_what_was_told_is_not_told_again_after_a_restart(self):
        product = self.make_product(stock=9)
        order, _ = self.place((product, 1), key="restart-1")
        self.message("order_placed", order["number"])
        eventually(self.nothing_waits)
        for path in self.server.files():
            if path.parent.name == "outbox":
                path.unlink()
        self.server.end()
        self.server.start()
        self.client.close()
        self.setUp()
        other, _ = self.place((product, 1), key="restart-2")
        self.message("order_placed", other["number"])
        self.assertEqual(len(self.messages("order_placed")), 1)

    def nothing_waits(self):
        text = self.send("GET", "/metrics").raw.decode()
        numbers = dict(re.findall(r"^(shop_\w+)\{\w+=\"(?:notices|outbox)\"\} (\d+)$", text, re.M))
        return numbers["shop_follower_behind_events"] == "0" and numbers["shop_notices_under_way"] == "0"


class Money(ShopTest):
    settings = {"SHOPD_PAYMENT_SECRETS": "a_secret_of_the_gateway_in_the_tests"}
    messages, message = Outbox.messages, Outbox.message

    def test_operators_hear_of_money_that_nobody_wants_and_of_refunds(self):
        gateway = Gateway("a_secret_of_the_gateway_in_the_tests")
        order, _ = self.place((self.make_product(stock=9, price=2500), 1))
        gateway.succeed(order)
        self.operate(order, "cancel")
        gateway.deliver(self.client)
        self.assertIn("25.00 USD came for order " + order["number"], self.message("payment_orphaned", order["number"]))
        other, _ = self.place((self.make_product(stock=9, price=2500), 1), key="key-2")
        gateway.succeed(other)
        gateway.deliver(self.client)
        self.operate(other, "cancel")
        self.assertIn("25.00 USD of order " + other["number"], self.message("refund_due", other["number"]))


class Parcels(ShopTest):
    settings = {"SHOPD_SHIPMENT_SECRETS": "a_secret_of_the_carrier_in_the_tests"}
    messages, message = Outbox.messages, Outbox.message

    def test_what_the_carrier_says_is_told_until_the_parcel_is_there(self):
        carrier = Carrier("a_secret_of_the_carrier_in_the_tests")
        order, _ = self.place((self.make_product(stock=9), 1))
        self.operate(order, "confirm")
        parcel = self.operate(order, "ship", {"carrier": "DHL", "tracking_number": "T-1"})["shipments"][0]
        for status in ("out_for_delivery", "delivered", "in_transit"):
            self.assertEqual(carrier.send(self.client, carrier.tell(parcel, status)).status, 200)
        self.message("order_delivered", order["number"])
        other, _ = self.place((self.make_product(stock=9), 1), key="key-2")
        self.message("order_placed", other["number"])
        told = [text for text in self.messages("shipment_update") if order["number"] in text]
        self.assertLessEqual(len(told), 1)  # none where the parcel was there before anybody could tell

    def test_a_parcel_on_its_way_is_told(self):
        carrier = Carrier("a_secret_of_the_carrier_in_the_tests")
        order, _ = self.place((self.make_product(stock=9), 1), key="key-3")
        self.operate(order, "confirm")
        parcel = self.operate(order, "ship", {"carrier": "DHL", "tracking_number": "T-2"})["shipments"][0]
        self.assertEqual(carrier.send(self.client, carrier.tell(parcel, "out_for_delivery")).status, 200)
        text = self.message("shipment_update", order["number"])
        self.assertIn("comes today", text)
        self.assertIn("https://www.dhl.com/en/express/tracking.html?AWB=T-2", text)


class LeftCarts(ShopTest):
    settings = {"SHOPD_CART_LIFE_S": "2", "SHOPD_CART_WARNING_S": "1", "SHOPD_TIMEOUT_GRACE_S": "0",
                "SHOPD_TIMEOUT_TICK_MS": "20", "SHOPD_CART_URL": "https://s.example/cart?id={cart}"}
    messages, message = Outbox.messages, Outbox.message

    def test_whose_cart_is_left_is_warned_and_told(self):
        cart = self.open_cart((self.make_product(stock=9), 1), contact={"name": "Zoe", "email": "zoe@left.example"})
        warning = self.message("cart_expiring", "Zoe <zoe@left.example>")
        self.assertRegex(warning, r"kept until \d{4}-\d\d-\d\d \d\d:\d\d UTC")
        self.assertIn("https://s.example/cart?id=" + cart["id"], warning)
        self.message("cart_expired", "zoe@left.example")


class German(ShopTest):
    settings = {"SHOPD_LANGUAGE": "de", "SHOPD_SHOP_NAME": "Lampenladen", "SHOPD_ORDER_URL": "https://s.example/o/{order}"}
    messages, message = Outbox.messages, Outbox.message

    def test_the_language_and_the_links_are_the_shops(self):
        order, _ = self.place((self.make_product(stock=9), 1))
        text = self.message("order_placed", order["number"])
        self.assertIn("Subject: Ihre Bestellung", text)
        self.assertIn("https://s.example/o/" + order["id"], text)
        self.assertTrue(text.endswith("Lampenladen\n"))


class Nobody(ShopTest):
    settings = {"SHOPD_CHANNELS": ""}

    def test_without_channels_nobody_is_told(self):
        order, _ = self.place((self.make_product(stock=9), 1))
        eventually(self.followed)
        self.operate(order, "confirm")
        self.assertEqual([path for path in self.server.files() if path.parent.name == "outbox"], [])
