#!/usr/bin/env python3
"""Changes to products of a running server, for the bench of the search: prices, and stock that comes and goes.

usage: changes.py PORT PRODUCTS.tsv RATE    until it is told to stop (SIGTERM), then prints how many a second there were
environment: SHOPD_OPERATOR_KEY, the server's
"""
import http.client
import json
import os
import random
import signal
import sys
import time

LINES, BODIES, SKUS = 200, 64, 50_000  # of a body; bodies, sent in turn; products that change
HEADERS = {"Authorization": "Bearer " + os.environ["SHOPD_OPERATOR_KEY"], "Content-Type": "application/x-ndjson"}


def skus_of(path):
    with open(path, encoding="utf-8") as rows:
        next(rows)
        return [row.split("\t", 1)[0] for row in rows]


def body_of(skus):
    lines = ({"sku": random.choice(skus), "on_hand": random.choice((0, 5))} if random.random() < 0.5 else
             {"sku": random.choice(skus), "price": {"amount": random.randint(500, 50_000), "currency": "USD"}} for _ in range(LINES))
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def main(port, path, rate):
    random.seed(1)
    all_skus = skus_of(path)
    skus = random.sample(all_skus, min(SKUS, len(all_skus)))
    bodies = [body_of(skus) for _ in range(BODIES)]
    server = http.client.HTTPConnection("127.0.0.1", port)
    is_over = []
    signal.signal(signal.SIGTERM, lambda *_: is_over.append(True))
    began, sent = time.monotonic(), 0
    while not is_over:
        time.sleep(max(0, began + sent * LINES / rate - time.monotonic()))
        server.request("POST", "/v1/bulk", bodies[sent % BODIES], HEADERS)
        answer = server.getresponse()
        results = answer.read()
        if answer.status != 200 or b'"result":{' in results:
            sys.exit(f"changes.py: status {answer.status}: {results[:300]}")
        sent += 1
    print(f"{sent * LINES / (time.monotonic() - began):.0f} changes/s", flush=True)


main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
