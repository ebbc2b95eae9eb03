"""The follower that sends events to Kafka: what a message holds, and that nothing is lost when either side falls."""
import signal

from kafka_test import KafkaTest
from server import Client, eventually


class Messages(KafkaTest):
    def test_an_order_is_the_key_and_nobody_is_named(self):
        product = self.make_product(stock=9, name="Lamp")
        order, _ = self.place((product, 2))
        self.operate(order, "confirm")
        self.assertTrue(eventually(self.sink_is_done))
        rows = [row for row in self.topic() if row["key"] == order["id"]]
        self.assertEqual([row["event"]["type"] for row in rows], ["order_placed", "order_confirmed"])
        for row in rows:
            self.assertEqual(row["headers"]["id"], row["event"]["id"])
            self.assertEqual(row["headers"]["type"], row["event"]["type"])
            self.assertEqual(row["headers"]["told-by"], "server")
            self.assertRegex(row["headers"]["contact"], r"^con_[\w-]{22}$")
        self.assertEqual(rows[0]["event"]["order"]["lines"][0]["sku"], product["sku"])
        said = str(self.topic())
        for personal in ("Alice", "alice@", "+1555", "Main St", "Springfield", "62704"):
            self.assertNotIn(personal, said)

    def test_low_stock_is_sent_once(self):
        product = self.make_product(stock=5, low_stock_threshold=4)
        self.place((product, 1), key="low-1")
        self.place((product, 1), key="low-2")
        self.assertTrue(eventually(self.sink_is_done))
        rows = [row for row in self.topic() if row["key"] == product["id"]]
        self.assertEqual([row["event"]["type"] for row in rows], ["low_stock"])
        self.assertNotIn("contact", rows[0]["headers"])

    def test_a_forgotten_password_stays_here(self):
        self.ok(201, "POST", "/v1/customers/register", {"name": "Eve", "email": "eve@example.com", "password": "correct horse"})
        self.ok(202, "POST", "/v1/password-resets", {"email": "eve@example.com"})
        self.assertTrue(eventually(self.sink_is_done))
        self.assertNotIn("password_reset", str(self.topic()))


class Falls(KafkaTest):
    def check(self, ids):
        """Every order was placed and confirmed, in this order; repeats are the same event."""
        steps = {}
        for row in self.topic():
            seen = steps.setdefault(row["key"], [])
            if row["headers"]["id"] not in [known for known, _ in seen]:
                seen.append((row["headers"]["id"], row["event"]["type"]))
        for order in ids:
            self.assertEqual([step for _, step in steps.get(order, [])], ["order_placed", "order_confirmed"], order)

    def trade(self, product, count, name):
        ids = self.place_many(product, count, name)
        for order in ids:
            self.operate({"id": order}, "confirm")
        return ids

    def test_nothing_is_lost_when_the_broker_falls_or_the_shop(self):
        product = self.make_product(stock=1000)
        ids = self.trade(product, 20, "before")
        self.broker.kill()
        ids += self.trade(product, 30, "away")
        self.assertTrue(eventually(self.sink_fails))
        self.server.end(signal.SIGKILL)
        self.server.start()
        self.client.close()
        self.client = Client(self.server.port)
        ids += self.trade(product, 20, "after")
        self.broker.start()
        ids += self.trade(product, 20, "again")
        self.assertTrue(eventually(self.sink_is_done))
        self.check(ids)

    def test_it_can_be_sent_again_from_the_start(self):
        product = self.make_product(stock=10)
        ids = self.place_many(product, 3, "rebuild")
        self.assertTrue(eventually(self.sink_is_done))
        self.ok(202, "POST", "/v1/followers/kafka/move", {"event": 0}, operator=True)

        def twice():
            return [order for order in ids if sum(row["key"] == order for row in self.topic()) == 2]
        self.assertEqual(eventually(twice, lambda found: found == ids), ids)
