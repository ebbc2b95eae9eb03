"""Server-sent events: the steps of an order for its owner, every order's for operators, and going on where one was."""
import json
import os
import socket

from gateway import Carrier
from server import OPERATOR_KEY, SHOPD, ShopTest, eventually


class Stream:
    """One open stream, read as the specification of server-sent events says."""

    def __init__(self, port, path, **headers):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        lines = [f"GET {path} HTTP/1.1", "Host: shop", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        for line in iter(self.file.readline, b"\r\n"):
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value.strip()

    def event(self):
        """The next event: (id, type, data); None at the end."""
        event = {}
        for line in self.file:
            line = line.decode().rstrip("\n")
            if line.startswith(":"):
                continue
            if not line and event:
                return int(event["id"]), event["event"], json.loads(event["data"])
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
        return None

    def close(self):
        self.file.close()
        self.socket.close()


SECRET = "whsec_of_the_carrier_of_live_streams"


class Live(ShopTest):
    settings = {"SHOPD_SHIPMENT_SECRETS": SECRET}

    def open(self, path, **headers):
        stream = Stream(self.server.port, path, **headers)
        self.addCleanup(stream.close)
        return stream

    def watch(self, order, cart, **headers):
        return self.open(f"/v1/orders/{order['id']}/events", Cart_Token=cart["token"], **headers)

    def operate_on_events(self, **headers):
        return self.open("/v1/events", Authorization="Bearer " + OPERATOR_KEY, **headers)

    def streams(self):
        text = self.send("GET", "/metrics").raw.decode()
        return int(text.split("\nshop_live_streams ")[1].split()[0])

    def test_the_owner_sees_every_step_as_it_happens(self):
        order, cart = self.place((self.make_product(stock=9), 1), key="live-1")
        stream = self.watch(order, cart)
        self.assertEqual((stream.status, stream.headers["content-type"]), (200, "text/event-stream"))
        self.assertNotIn("content-length", stream.headers)
        number, kind, data = stream.event()
        self.assertEqual((number, kind, data["status"], data["action"], data["by"]), (1, "step", "pending", "place", "guest"))
        self.operate(order, "confirm")
        self.assertEqual(stream.event()[2]["status"], "confirmed")
        self.operate(order, "ship")
        self.operate(order, "deliver")
        self.assertEqual([stream.event()[0::2] for _ in range(2)][1][1]["status"], "delivered")

    def test_it_goes_on_behind_the_last_id(self):
        order, cart = self.place((self.make_product(stock=9), 1), key="live-2")
        self.operate(order, "confirm")
        self.operate(order, "ship")
        stream = self.watch(order, cart, Last_Event_ID="2")
        self.assertEqual(stream.event()[0::2][1]["status"], "shipped")
        self.operate(order, "deliver")
        number, _, data = stream.event()
        self.assertEqual((number, data["status"]), (4, "delivered"))

    def test_the_owner_sees_what_carriers_say_as_they_say_it(self):
        order, cart = self.place((self.make_product(stock=9), 1), key="live-trail")
        watching = self.watch(order, cart)
        operators = self.operate_on_events()
        self.operate(order, "confirm")
        parcel = self.operate(order, "ship", {"carrier": "DHL", "tracking_number": "T-1"})["shipments"][0]
        carrier = Carrier(SECRET)

        def say(status, at, **more):
            answer = carrier.send(self.client, carrier.tell(parcel, status, occurred_at=at, **more))
            self.assertEqual(answer.status, 200, answer.raw)
        say("out_for_delivery", "2026-11-02T10:00:00Z")
        say("in_transit", "2026-11-01T10:00:00Z", code="HUB-7")  # late: before it in the trail, behind it here
        say("delivered", "2026-11-02T12:00:00Z")
        said = {}
        while len(said) < 7:  # steps of the same millisecond may be told twice
            number, kind, data = watching.event()
            said.setdefault((kind, data["status"]), data)
        self.assertEqual(number, 7)
        self.assertEqual(set(said), {("step", "pending"), ("step", "confirmed"), ("step", "shipped"), ("step", "delivered"),
                                     ("tracking", "out_for_delivery"), ("tracking", "in_transit"), ("tracking", "delivered")})
        self.assertEqual(said["tracking", "in_transit"], {"shipment_id": parcel["id"], "status": "in_transit",
                                                          "at": "2026-11-01T10:00:00Z", "code": "HUB-7"})
        again = self.watch(order, cart, Last_Event_ID="6")
        while again.event()[0] != 7:
            pass
        told = [operators.event() for _ in range(6)]
        self.assertEqual([(kind, data["status"]) for _, kind, data in told],
                         [("order_confirmed", "confirmed"), ("order_shipped", "shipped"),
                          ("shipment_updated", "out_for_delivery"), ("shipment_updated", "in_transit"),
                          ("shipment_updated", "delivered"), ("order_delivered", "delivered")])
        self.assertEqual((told[2][2]["order_id"], told[2][2]["shipment_id"]), (order["id"], parcel["id"]))

    def test_strangers_see_nothing(self):
        order, _ = self.place((self.make_product(stock=9), 1), key="live-3")
        other = self.open_cart()
        self.refused(404, "order_unknown", "GET", f"/v1/orders/{order['id']}/events", token=other["token"])
        self.refused(401, "unauthorized", "GET", f"/v1/orders/{order['id']}/events")
        self.refused(403, "forbidden", "GET", "/v1/events", token=other["token"])

    def test_operators_see_every_order_and_what_they_missed(self):
        stream = self.operate_on_events()
        order, _ = self.place((self.make_product(stock=9, price=700), 1), key="live-4")
        number, kind, data = stream.event()
        self.assertEqual((kind, data["order_id"], data["status"], data["total_minor"]), ("order_placed", order["id"], "pending", 700))
        stream.close()
        self.operate(order, "confirm")
        self.operate(order, "cancel")
        again = self.operate_on_events(Last_Event_ID=number)
        seen = [again.event() for _ in range(2)]
        self.assertEqual([kind for _, kind, _ in seen], ["order_confirmed", "order_cancelled"])
        self.assertTrue(number < seen[0][0] < seen[1][0])
        other, _ = self.place((self.make_product(stock=9), 1), key="live-5")
        self.assertEqual(again.event()[2]["order_id"], other["id"])

    def test_nothing_is_missed_or_told_twice_while_catching_up(self):
        product = self.make_product(stock=900)
        first = self.operate_on_events()
        orders = [self.place((product, 1), key=f"busy-{number}")[0] for number in range(40)]
        start = first.event()[0]
        streams = [self.operate_on_events(Last_Event_ID=start - 1) for _ in range(5)]
        orders += [self.place((product, 1), key=f"busier-{number}")[0] for number in range(40)]
        for stream in streams:
            seen = [stream.event() for _ in range(80)]
            self.assertEqual([data["order_id"] for _, _, data in seen], [order["id"] for order in orders])
            self.assertEqual(len({number for number, _, _ in seen}), 80)

    def test_a_stream_costs_little_and_goes_with_its_peer(self):
        order, cart = self.place((self.make_product(stock=9), 1), key="live-6")
        warm = [self.watch(order, cart) for _ in range(50)]
        eventually(self.streams, lambda count: count >= 50)
        before, count = self.resident(), 4000
        many = [self.watch(order, cart) for _ in range(count)]
        self.assertTrue(all(stream.event() for stream in many[-20:]))
        each = (self.resident() - before) / count
        self.assertLess(each, 5000 if not self.is_sanitized() else 50000)
        self.operate(order, "confirm")
        for stream in many:
            while stream.event()[2]["status"] != "confirmed":
                pass
        for stream in warm + many:
            stream.close()
        self.assertEqual(eventually(self.streams, lambda count: count == 0), 0)

    def is_sanitized(self):
        """The address sanitizer adds to every allocation."""
        with open(f"/proc/{self.server.process.pid}/maps") as file:
            return "libasan" in file.read() or "asan" in os.path.basename(os.path.dirname(SHOPD))

    def resident(self):
        with open(f"/proc/{self.server.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def test_a_stop_ends_the_streams(self):
        stream = self.operate_on_events()
        eventually(self.streams)
        self.assertEqual(self.server.end(), 0)
        self.assertIsNone(stream.event())
        self.server.start()


class Few(ShopTest):
    settings = {"SHOPD_STREAMS_MAX": "1"}

    def test_over_the_limit_there_is_503(self):
        stream = Stream(self.server.port, "/v1/events", Authorization="Bearer " + OPERATOR_KEY)
        self.addCleanup(stream.close)
        self.refused(503, "overloaded", "GET", "/v1/events", operator=True)
