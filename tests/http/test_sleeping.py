"""The same stories where nothing stays in memory: tables follow at once, and orders leave as soon as they may.

Every order then is read back by a loader, repeated keys are looked up in the tables, and histories come from there.
"""
import test_checkout
import test_customers
import test_orders
import test_stock

SETTINGS = {"SHOPD_ORDERS_RESIDENT_MAX": "0", "SHOPD_FOLD_SLICE_MS": "10"}


def wait_until_asleep(test, cart):
    for _ in range(2000):
        test.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])  # sweeps come between commands
        if b"\nshop_orders_resident 0\n" in test.send("GET", "/metrics").raw:
            return
    test.fail("orders are still in memory")


class SleepingOrders(test_orders.Orders):
    settings = SETTINGS

    def test_orders_do_leave_memory(self):
        _, cart = self.place((self.make_product(stock=2), 1))
        wait_until_asleep(self, cart)


class SleepingStock(test_stock.Stock):
    settings = SETTINGS

    def test_orders_that_sleep_are_named_when_they_hold_stock(self):
        product = self.make_product(stock=3)
        first, _ = self.place((product, 1))
        second, cart = self.place((product, 2))
        wait_until_asleep(self, cart)
        answer = self.refused(409, "stock_reserved", "POST", "/v1/stock/movements",
                              {"product_id": product["id"], "on_hand": 1, "reason": "counted"}, operator=True)
        self.assertEqual([error["order_id"] for error in answer.json["errors"]], [first["id"], second["id"]])


class SleepingCheckout(test_checkout.Checkout):
    settings = SETTINGS


class SleepingRaces(test_checkout.Races):
    settings = SETTINGS


class SleepingCustomers(test_customers.Customers):
    settings = SETTINGS


class SleepingErasure(test_customers.Erasure):
    settings = SETTINGS
