"""What time ends, with durations of a second."""
import datetime
import os
import subprocess
import time

from server import SHOPD, ShopTest

QUICK = {"SHOPD_PAYMENT_TIMEOUT_S": "1", "SHOPD_TIMEOUT_GRACE_S": "0", "SHOPD_TIMEOUT_TICK_MS": "20"}


class UnpaidOrders(ShopTest):
    settings = QUICK

    def wait_for(self, order, status):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            shown = self.ok(200, "GET", "/v1/orders/" + order["id"], operator=True)
            if shown["status"] == status:
                return shown
        self.fail(f"the order is still {shown['status']}")

    def test_an_unpaid_order_is_cancelled_and_its_stock_can_be_sold_again(self):
        product = self.make_product(stock=1)
        order, _ = self.place((product, 1))
        created = datetime.datetime.fromisoformat(order["created_at"].replace("Z", "+00:00"))
        expires = datetime.datetime.fromisoformat(order["payment_expires_at"].replace("Z", "+00:00"))
        self.assertEqual(expires - created, datetime.timedelta(seconds=1))
        shown = self.wait_for(order, "cancelled")
        self.assertEqual((shown["history"][1]["by"], shown["history"][1]["reason"], shown["payment_expires_at"]),
                         ("system", "not paid in time", None))
        self.assertEqual(self.stock(product), (1, 0))
        self.assertRegex(self.send("GET", "/metrics").raw.decode(), r"\nshop_orders_expired_total [1-9]")
        self.place((product, 1))

    def test_a_paid_order_stays(self):
        product = self.make_product(stock=30)
        for _ in range(20):  # a busy machine may need more than the second that an order lives
            paid, _ = self.place((product, 1))
            if self.send("POST", f"/v1/orders/{paid['id']}/confirm", operator=True).status == 200:
                break
        unpaid, _ = self.place((product, 1))
        self.wait_for(unpaid, "cancelled")
        self.assertEqual(self.ok(200, "GET", "/v1/orders/" + paid["id"], operator=True)["status"], "confirmed")

    def test_an_order_from_before_a_start_ends_too(self):
        product = self.make_product(stock=1)
        order, _ = self.place((product, 1))
        self.server.end(9)
        self.server.start()
        self.setUp()
        self.wait_for(order, "cancelled")
        self.assertEqual(self.stock(product), (1, 0))


class UnpaidOrdersThatSleep(UnpaidOrders):
    settings = {**QUICK, "SHOPD_ORDERS_RESIDENT_MAX": "0", "SHOPD_FOLD_SLICE_MS": "10"}


class GraceTime(ShopTest):
    settings = {**QUICK, "SHOPD_TIMEOUT_GRACE_S": "900"}

    def test_nothing_ends_right_after_a_start(self):
        order, cart = self.place((self.make_product(stock=2), 1))
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            shown = self.ok(200, "GET", "/v1/orders/" + order["id"], token=cart["token"])
        self.assertEqual(shown["status"], "pending")
        self.assertEqual(self.operate(order, "confirm")["status"], "confirmed")


class LeftCarts(ShopTest):
    settings = {"SHOPD_CART_LIFE_S": "2", "SHOPD_CART_WARNING_S": "1", "SHOPD_TIMEOUT_GRACE_S": "0",
                "SHOPD_TIMEOUT_TICK_MS": "20", "SHOPD_FOLD_SLICE_MS": "10"}

    def show(self, cart):
        return self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])

    def wait_until_empty(self, cart):
        end = time.monotonic() + 30
        while self.show(cart)["lines"]:
            self.assertLess(time.monotonic(), end, "the cart is still there")

    def test_a_cart_that_nobody_touches_is_emptied(self):
        product = self.make_product(stock=3)
        cart = self.open_cart((product, 2), contact={"email": "zoe@left.example"})
        self.assertIsNotNone(self.show(cart)["expires_at"])
        self.wait_until_empty(cart)
        self.assertIsNone(self.show(cart)["expires_at"])
        self.assertEqual(self.stock(product), (3, 0))
        self.ok(200, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 1},
                token=cart["token"])  # it can be filled again
        self.assertEqual(self.checkout(cart).status, 201)

    def test_a_cart_from_before_a_start_ends_too_and_the_books_agree(self):
        product = self.make_product(stock=3)
        cart = self.open_cart((product, 2), contact={"email": "zoe@left.example"})
        self.server.end(9)
        self.server.start()
        self.setUp()
        self.wait_until_empty(cart)
        self.server.end()
        done = subprocess.run([SHOPD, "audit", "--data", self.server.data], capture_output=True, text=True,
                              env={**os.environ, **self.settings}, check=False)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "audit clean"), done.stdout)
        self.server.start()
