#!/usr/bin/env python3
"""kill -9 at random while the real year is replayed over HTTP. Prints TAP.

usage: kill_rounds.py SHOPD [--rounds N] [--seed S]

A replay runs on through the crashes: it repeats what was not answered, with the same idempotency key. Each round
lets it work for a random moment, kills the server, audits the folder as the crash left it, and starts the
server again, which must know the newest acknowledged orders and some of the others. At the end of a replay it
must know every one of them, none may be in the tables twice, and the audit is clean.
"""
import argparse
import http.client
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "oracle"))
import shop_process  # noqa: E402
import year  # noqa: E402

CONCURRENCY = 8
FIRST_ORDER_TIMEOUT_S = 300


def start_replay(shop, acks):
    return subprocess.Popen([shop.shopd, "replay", str(year.ORDERS), "--url", shop.url, "--operator-key",
                             shop_process.OPERATOR_KEY, "--concurrency", str(CONCURRENCY), "--acks", str(acks),
                             "--retry-seconds", "120"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_first_order(replay, acks):
    """The replay asks for products and customers first; crashes are of interest from then on."""
    started = time.monotonic()
    while not acknowledged(acks):
        if replay.poll() is not None or time.monotonic() - started > FIRST_ORDER_TIMEOUT_S:
            raise RuntimeError("the replay does not get to its first order")
        time.sleep(0.05)


def acknowledged(path):
    """Whole lines only: the last one may be half written."""
    text = path.read_text() if path.exists() else ""
    return [line.split() for line in text[:text.rfind("\n") + 1].splitlines()]


def check_numbers(folder, acks):
    """Every acknowledged order exists, once: its idempotency key is in the tables exactly one time."""
    ids = [order for order, _ in acks]
    if len(ids) != len(set(ids)):
        return "an order was acknowledged twice as new"
    with sqlite3.connect(f"file:{folder}/shop.db?mode=ro", uri=True) as database:
        twice = database.execute("SELECT count(*) - count(DISTINCT hex(key)) FROM orders").fetchone()[0]
        count = database.execute("SELECT count(*) FROM orders").fetchone()[0]
    if twice:
        return f"{twice} orders have a key that another has too"
    return "" if count >= len(ids) else f"{len(ids)} orders acknowledged, {count} in the tables"


def check_present(shop, acks, sample):
    """Asks the restarted server for acknowledged orders: the newest, and some of the others."""
    for order, public_id in acks[-50:] + sample:
        try:
            shop.get("/v1/orders/" + public_id)
        except OSError as error:
            time.sleep(0.2)
            ended = shop.process.poll()
            return (f"order {order} ({public_id}) was acknowledged and is lost: {error}; the server "
                    + (f"ended with {ended}:\n{shop.log_tail()}" if ended is not None else "runs"))
    return ""


def check_every(shop, acks):
    """Asks for each order that was ever acknowledged, over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=30)
    headers = {"Authorization": "Bearer " + shop_process.OPERATOR_KEY}
    lost = []
    for order, public_id in acks:
        connection.request("GET", "/v1/orders/" + public_id, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200 or public_id.encode() not in content:
            lost.append(order)
    connection.close()
    return f"{len(lost)} acknowledged orders are lost: {lost[:5]}" if lost else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shopd")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    tap, rolls = shop_process.Tap(), random.Random(options.seed)
    print(f"# seed {options.seed}")

    done_rounds = replays = acked_all = 0
    slowest_s = 0.0
    problem = ""
    while done_rounds < options.rounds and not problem:
        replays += 1
        with tempfile.TemporaryDirectory(prefix="shopd-crash-") as temporary:
            base = pathlib.Path(temporary)
            data, acks = base / "data", base / "acks"
            shop = shop_process.ShopProcess(options.shopd, data)
            imported = shop.run("import", "--data", data, "--stock-column", "peak_net_units", year.CATALOG, check=False)
            if imported.returncode != 0:
                raise RuntimeError(imported.stdout + imported.stderr)
            shop.start()
            replay = start_replay(shop, acks)
            wait_for_first_order(replay, acks)
            while done_rounds < options.rounds and replay.poll() is None and not problem:
                time.sleep(rolls.uniform(0.02, 0.6))
                shop.kill()
                done_rounds += 1
                known = acknowledged(acks)
                audit = shop.run("audit", "--data", data, check=False)
                if audit.returncode != 0:
                    problem = f"round {done_rounds}: audit:\n" + audit.stdout[-1500:] + audit.stderr[-1500:]
                    break
                slowest_s = max(slowest_s, shop.start())
                problem = check_present(shop, known, rolls.sample(known, min(20, len(known)))) if known else ""
            replay.kill()
            replay.wait()
            known = acknowledged(acks)
            acked_all += len(known)
            if not problem:
                problem = check_every(shop, known)
            if shop.process.poll() is None and shop.stop() != 0:
                problem = problem or "the server did not stop cleanly"
            if not problem:
                problem = check_numbers(data, known)
            audit = shop.run("audit", "--data", data, check=False)
            if audit.returncode != 0 and not problem:
                problem = "audit at the end:\n" + audit.stdout[-1500:] + audit.stderr[-1500:]
    tap.result(not problem, f"{done_rounds} kills in {replays} replays: {acked_all} acknowledged orders, none lost, none twice, "
               f"audits clean; back within {slowest_s:.2f} s", problem)
    return tap.exit_code()


if __name__ == "__main__":
    sys.exit(main())
