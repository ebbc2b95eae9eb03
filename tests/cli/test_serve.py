"""`shopd serve` as whoever runs it sees it: keys, signals, settings, exit codes; and the help of every command."""
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

SHOPD = os.environ.get("SHOPD", "build/shopd")
DONE, REFUSED, USAGE, FAILED = 0, 1, 2, 3
WAIT_S = 30


def run(*arguments, **environment):
    return subprocess.run([SHOPD, *arguments], capture_output=True, text=True, timeout=WAIT_S,
                          env=dict(clean_environment(), **environment))


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("SHOPD_")}


class ServedTest(unittest.TestCase):
    """One server at a time on a folder of its own."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shopd-cli-"))
        self.data = self.folder / "shop"
        self.process = None

    def tearDown(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)

    def serve(self, *arguments, before=None, **environment):
        """Starts a server; returns what it printed up to and including the line behind the URL."""
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [SHOPD, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=before, env=dict(clean_environment(), **environment))
        self.log.close()
        first = self.process.stdout.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)$", first)[1])
        return first

    def finish(self):
        """Exit code, and what else was printed."""
        rest = self.process.stdout.read()
        code = self.process.wait(WAIT_S)
        self.process.stdout.close()
        return code, rest

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.finish()

    def wait_for_log(self, phrase, since=0):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            text = (self.folder / "log").read_text()[since:]
            if phrase in text:
                return text
            time.sleep(0.01)
        self.fail(f"not logged: {phrase}\n{text}")

    def get(self, path, key=None):
        headers = {"Authorization": "Bearer " + key} if key else {}
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers),
                                    timeout=WAIT_S) as answer:
            return answer.status


class ServeTest(ServedTest):
    def test_the_first_start_shows_an_operator_key_once(self):
        self.serve()
        code, rest = self.stop()
        self.assertEqual(code, DONE)
        key = re.search(r"operator key +(opk_\S+)", rest)[1]
        file = self.data / "operator.key"
        self.assertEqual(file.read_text(), key + "\n")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.serve()
        self.assertEqual(self.get("/v1/locations", key), 200)
        _, rest = self.stop()
        self.assertNotIn(key, rest)
        self.assertNotIn(key, (self.folder / "log").read_text())

    def test_the_key_of_the_environment_is_used_and_neither_kept_nor_shown(self):
        self.serve(SHOPD_OPERATOR_KEY="given by whoever starts it")
        self.assertEqual(self.get("/v1/locations", "given by whoever starts it"), 200)
        _, rest = self.stop()
        self.assertNotIn("given by", rest)
        self.assertFalse((self.data / "operator.key").exists())

    def test_both_signals_to_stop_are_graceful(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            self.serve()
            with socket.create_connection(("127.0.0.1", self.port)) as idle:
                idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertIn(b"200 OK", idle.recv(4096))
                code, _ = self.stop(how)
                self.assertEqual(code, DONE)
                self.assertEqual(idle.recv(4096), b"")
            self.assertIn("stopped", self.wait_for_log(f"stopping signal={how.name}"))

    def test_a_second_signal_ends_a_server_that_waits_for_a_slow_client(self):
        self.serve("--drain-timeout-ms", "600000", "--read-timeout-ms", "600000")
        with socket.create_connection(("127.0.0.1", self.port)) as slow:
            slow.sendall(b"POST /v1/carts HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            time.sleep(0.2)
            self.process.send_signal(signal.SIGTERM)
            self.wait_for_log("stopping")
            deadline = time.monotonic() + WAIT_S
            while self.process.poll() is None and time.monotonic() < deadline:
                self.process.send_signal(signal.SIGTERM)
                time.sleep(0.05)
        code, _ = self.finish()
        self.assertIn(code, (DONE, -signal.SIGTERM))
        self.serve()
        self.assertEqual(self.stop()[0], DONE)

    def test_a_slow_client_is_cut_when_the_drain_time_is_over(self):
        self.serve("--drain-timeout-ms", "200", "--read-timeout-ms", "600000")
        with socket.create_connection(("127.0.0.1", self.port)) as slow:
            slow.sendall(b"POST /v1/carts HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            time.sleep(0.2)
            code, _ = self.stop()
        self.assertEqual(code, DONE)

    def test_sighup_takes_over_what_is_live_and_survives_a_bad_file(self):
        file = self.folder / "shop.conf"
        file.write_text("log_level = error\n")
        self.serve("--config", str(file))
        file.write_text("log_level = info\n")
        self.process.send_signal(signal.SIGHUP)
        self.wait_for_log("settings reloaded restart_needed=false")
        file.write_text("log_level = info\ncache_mb = 65\n")
        self.process.send_signal(signal.SIGHUP)
        self.wait_for_log("settings reloaded restart_needed=true")
        file.write_text("log_level = loud\n")
        self.process.send_signal(signal.SIGHUP)
        text = self.wait_for_log("settings not reloaded")
        self.assertIn("shop.conf:1: log_level cannot be 'loud'", text)
        self.assertEqual(self.get("/readyz"), 200)
        self.assertEqual(self.stop()[0], DONE)

    def test_a_folder_or_a_port_in_use_is_refused_with_code_3(self):
        self.serve()
        second = run("serve", "--data", str(self.data), "--listen", "127.0.0.1:0")
        self.assertEqual(second.returncode, FAILED)
        self.assertIn("stop the other process first", second.stderr)
        second = run("serve", "--data", str(self.folder / "other"), "--listen", f"127.0.0.1:{self.port}")
        self.assertEqual(second.returncode, FAILED)
        self.assertIn("Address already in use", second.stderr)
        self.assertEqual(self.stop()[0], DONE)

    def test_a_file_where_the_folder_should_be_is_refused_with_code_3(self):
        self.data.write_text("not a folder")
        self.assertEqual(run("serve", "--data", str(self.data), "--listen", "127.0.0.1:0").returncode, FAILED)


class Buyer(threading.Thread):
    """Buys one piece after the other until the server refuses or is gone; keeps what was acknowledged."""

    def __init__(self, port, product):
        super().__init__()
        self.port, self.product, self.orders, self.surprises = port, product, [], []

    def send(self, path, body, expected, headers=None):
        """The answer; None when the server is on its way out."""
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
        answer = self.connection.getresponse()
        content = json.loads(answer.read())
        if answer.status == expected:
            return content
        if answer.status != 503:
            self.surprises.append((answer.status, content))
        return None

    def buy(self):
        cart = self.send("/v1/carts", {}, 201)
        if not cart:
            return False
        token, path = {"Cart-Token": cart["token"]}, "/v1/carts/" + cart["id"]
        if not self.send(path + "/items", {"product_id": self.product, "quantity": 1}, 200, token):
            return False
        address = {"name": "A", "line1": "1 Main St", "city": "Springfield", "postal_code": "62704", "country": "US"}
        order = self.send(path + "/checkout", {"contact": {"name": "A"}, "shipping_address": address}, 201,
                          {**token, "Idempotency-Key": cart["id"]})
        if order:
            self.orders.append((order["id"], token))
        return bool(order)

    def run(self):
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            while self.buy():
                pass
        except (http.client.HTTPException, OSError):
            pass  # the connection was closed
        finally:
            self.connection.close()


class StopUnderLoadTest(ServedTest):
    KEY = "k" * 20

    def send_as_operator(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        connection.request("POST", path, json.dumps(body), {"Authorization": "Bearer " + self.KEY,
                                                            "Content-Type": "application/json"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        self.assertEqual(answer.status, 201, content)
        return content

    def start_buyers(self, product):
        buyers = [Buyer(self.port, product) for _ in range(8)]
        for buyer in buyers:
            buyer.start()
        return buyers

    def acknowledged(self, buyers):
        for buyer in buyers:
            buyer.join()
            self.assertEqual(buyer.surprises, [])
        return [order for buyer in buyers for order in buyer.orders]

    def buy_until(self, how, product):
        buyers = self.start_buyers(product)
        time.sleep(0.7)
        code, _ = self.stop(how)
        self.assertEqual(code, DONE if how == signal.SIGTERM else -how)
        return self.acknowledged(buyers)

    def make_product(self):
        product = self.send_as_operator("/v1/products", {"sku": "L", "name": "L", "category": "HOME",
                                                         "price": {"amount": 100, "currency": "USD"}})["id"]
        self.send_as_operator("/v1/stock/movements", {"product_id": product, "location": "main",
                                                      "quantity": 100000, "reason": "received"})
        return product

    def assert_there(self, orders):
        self.assertGreater(len(orders), 10)
        for order, token in orders:
            request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/orders/{order}", headers=token)
            with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
                self.assertEqual(json.load(answer)["id"], order)

    def test_every_acknowledged_order_outlives_a_stop_under_load(self):
        self.serve(SHOPD_OPERATOR_KEY=self.KEY)
        product = self.make_product()
        orders = []
        for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            orders += self.buy_until(how, product)
            self.serve(SHOPD_OPERATOR_KEY=self.KEY)
        self.assert_there(orders)
        self.assertEqual(self.stop()[0], DONE)

    def test_a_full_disk_ends_the_server_with_code_3_and_costs_no_acknowledged_order(self):
        def no_more_room():  # what a full disk answers, for every file of this process that grows beyond
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))

        self.serve(before=no_more_room, SHOPD_OPERATOR_KEY=self.KEY)
        buyers = self.start_buyers(self.make_product())
        code, _ = self.finish()
        self.assertEqual(code, FAILED)
        orders = self.acknowledged(buyers)
        text = (self.folder / "log").read_text()
        self.assertRegex(text, r"error store failed code=\d+ message=\"d")
        self.assertIn("error the store failed, stopping; the next start recovers from the journal", text)
        self.serve(SHOPD_OPERATOR_KEY=self.KEY)
        self.assert_there(orders)
        self.assertEqual(self.stop()[0], DONE)
        audit = run("audit", "--data", str(self.data))
        self.assertEqual((audit.returncode, audit.stdout.splitlines()[-1]), (DONE, "audit clean"), audit.stdout)


class UsageTest(unittest.TestCase):
    def test_what_makes_no_sense_is_code_2_and_says_why(self):
        for arguments, words in (
                ([], "usage: shopd COMMAND"),
                (["sell"], "no command 'sell'"),
                (["serve", "--colour", "red"], "there is no option --colour"),
                (["serve", "extra"], "one too many: extra"),
                (["serve", "--listen", "8080"], "listen cannot be '8080': HOST:PORT"),
                (["serve", "--operator-key", "secret"], "operator_key cannot be given on the command line"),
                (["config", "--cache-mb", "0"], "cache_mb cannot be '0': 1 to 65536"),
        ):
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.assertEqual(done.returncode, USAGE)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_settings_come_from_file_environment_and_flags_in_that_order(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("linger_us = 1\ncache_mb = 1\nring_mb = 1\n")
            file.flush()
            done = run("config", "--linger-us=3", "--config", file.name, SHOPD_LINGER_US="2", SHOPD_CACHE_MB="2")
        self.assertEqual(done.returncode, DONE)
        for line in ("linger_us = 3", "cache_mb = 2", "ring_mb = 1", "loops = 0"):
            self.assertIn("\n" + line + "\n", done.stdout)

    def test_every_command_teaches_with_examples(self):
        overview = run("--help")
        self.assertEqual(overview.returncode, DONE)
        commands = re.findall(r"^  (\w+) ", overview.stdout, re.M)
        self.assertIn("serve", commands)
        for command in commands:
            with self.subTest(command=command):
                page = run(command, "--help")
                self.assertEqual(page.returncode, DONE)
                self.assertIn(f"usage: shopd {command}", page.stdout)
                self.assertRegex(page.stdout, r"(?mi)^example")
                self.assertRegex(page.stdout, rf"(?m)^ +([A-Z_]+=\S+ )*shopd {command}")

    def test_the_version_is_told(self):
        self.assertRegex(run("--version").stdout, r"^shopd \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
