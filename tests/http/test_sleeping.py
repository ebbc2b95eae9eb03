"""The same stories where nothing stays in memory: tables follow at once, and orders leave as soon as they may.

Every order then is read back by a loader, repeated keys are looked up in the tables, and histories come from there.
"""
import test_checkout
import test_customers
import test_orders

SETTINGS = {"SHOPD_ORDERS_RESIDENT_MAX": "0", "SHOPD_FOLD_SLICE_MS": "10"}


class SleepingOrders(test_orders.Orders):
    settings = SETTINGS

    def test_orders_do_leave_memory(self):
        _, cart = self.place((self.make_product(stock=2), 1))
        for _ in range(2000):
            self.ok(200, "GET", "/v1/carts/" + cart["id"], token=cart["token"])  # sweeps come between commands
            if b"\nshop_orders_resident 0\n" in self.send("GET", "/metrics").raw:
                return
        self.fail("orders are still in memory")


class SleepingCheckout(test_checkout.Checkout):
    settings = SETTINGS


class SleepingRaces(test_checkout.Races):
    settings = SETTINGS


class SleepingCustomers(test_customers.Customers):
    settings = SETTINGS


class SleepingErasure(test_customers.Erasure):
    settings = SETTINGS
