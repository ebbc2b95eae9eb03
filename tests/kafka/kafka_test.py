"""A shop with a Kafka broker behind it, and what its topic holds."""
import json
import subprocess

import broker
from server import ALICE, ShopTest

topics = 0


def headers_of(row):
    return dict(zip(row["headers"][::2], row["headers"][1::2]))


class KafkaTest(ShopTest):
    """The settings of a class are added to those that name the broker; every class has topics of its own."""

    extra = {}

    @classmethod
    def setUpClass(cls):
        global topics
        topics += 1
        cls.broker = broker.share()
        cls.prefix = f"shop{topics}"
        cls.settings = {"SHOPD_KAFKA_BROKERS": cls.broker.address, "SHOPD_KAFKA_TOPIC_PREFIX": cls.prefix,
                        "SHOPD_KAFKA_WAIT_MS": "500", **cls.extra}
        super().setUpClass()

    def topic(self):
        """Every message: key, headers, and the value as JSON in `event`."""
        done = subprocess.run(["kcat", "-C", "-b", self.broker.address, "-t", f"{self.prefix}.main", "-e", "-q", "-J",
                               "-o", "beginning"], capture_output=True, text=True, timeout=30)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        return [{**row, "headers": headers_of(row), "event": json.loads(row["payload"])} for row in rows]

    def sink_is_done(self):
        return b'shop_follower_behind_events{follower="kafka"} 0\n' in self.send("GET", "/metrics").raw

    def sink_fails(self):
        return b'shop_follower_failing{follower="kafka"} 1\n' in self.send("GET", "/metrics").raw

    def place_many(self, product, count, name):
        """Orders of customers of their own; their ids."""
        return [self.place((product, 1), key=f"{name}-{i}", contact={**ALICE, "email": f"{name}-{i}@example.com"})[0]["id"]
                for i in range(count)]
