"""A payment gateway and a carrier that call back: events are signed, kept, and sent again until they are taken.

    gateway = Gateway(secret)
    gateway.succeed(order)              # queued
    gateway.deliver(client)             # sent; what was not answered with 200 stays queued
"""
import hashlib
import hmac
import itertools
import json
import time


def sign(secret, body, at=None):
    """The header Shopd-Signature of a body."""
    at = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Caller:
    """Signs and sends; every attempt is signed anew, as gateways do."""

    path = None
    numbers = itertools.count(1)

    def __init__(self, secret):
        self.secret, self.queue, self.answers = secret, [], []

    def send(self, client, event, *, secret=None, at=None, body=None, header=None):
        body = json.dumps(event) if body is None else body
        signature = header or sign(secret or self.secret, body, at)
        return client.send("POST", self.path, body, headers={"Shopd-Signature": signature})

    def enqueue(self, event):
        event.setdefault("id", f"evt_{next(self.numbers)}")
        self.queue.append(event)
        return event

    def deliver(self, client):
        """Everything that waits, oldest first; returns the answers that were 200."""
        taken, kept = [], []
        for event in self.queue:
            answer = self.send(client, event)
            if answer.status == 200:
                taken.append(answer.json)
            else:
                kept.append(event)
        self.queue = kept
        self.answers += taken
        return taken


class Gateway(Caller):
    path = "/v1/payments/events"

    def event(self, kind, order, amount=None, currency=None, **more):
        total = {entry["type"]: entry["amount"] for entry in order["totals"]}["total"]
        money = {"amount": total if amount is None else amount, "currency": currency or order["currency"]}
        return {"type": "payment." + kind, "order_id": order["id"], "amount": money,
                "payment_id": "pay_" + order["number"], **more}

    def succeed(self, order, **more):
        return self.enqueue(self.event("succeeded", order, **more))

    def fail(self, order, **more):
        return self.enqueue(self.event("failed", order, **more))


class Carrier(Caller):
    path = "/v1/shipments/events"

    def tell(self, parcel, status, **more):
        return self.enqueue({"shipment_id": parcel["id"], "status": status, **more})
