"""One shopd takes the place of another on the same data folder, under load: no connection is refused, no request fails."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from test_serve import DONE, FAILED, SHOPD, WAIT_S, clean_environment

KEY = "operator-key-of-the-takeover-test"
SHOPPERS = 4
NOBODY = 65534
LOAD_S = 0.4  # before, between and after


class Shoppers:
    """Threads that open a connection for each request, half of which write. Nothing is ever tried again."""

    def __init__(self, port):
        self.port, self.sent, self.failures, self.is_over = port, [0] * SHOPPERS, [], threading.Event()
        self.carts = set()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(SHOPPERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        is_write = False
        while not self.is_over.is_set():
            is_write = not is_write
            self.sent[number] += 1
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
            try:
                connection.request("POST" if is_write else "GET", "/v1/carts" if is_write else "/v1/products")
                answer = connection.getresponse()
                body = answer.read()
                if answer.status >= 300:
                    self.failures.append((answer.status, body))
                elif is_write:
                    self.carts.add(json.loads(body)["id"])
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
            finally:
                connection.close()

    def stop(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()


class TakeoverTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shopd-takeover-"))
        self.running = []

    def tearDown(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
        shutil.rmtree(self.folder)

    def serve(self, *arguments, listener=None, pid=None):
        """The process, not yet ready. A listener goes to it the way systemd passes one."""
        command = [SHOPD, "serve", "--data", str(self.folder / "shop"), *arguments]
        if listener is not None:
            command = ["bash", "-c", f'LISTEN_FDS=1 LISTEN_PID={pid or "$$"} exec "$0" "$@" 3<&{listener.fileno()}', *command]
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True,
                                       env=dict(clean_environment(), SHOPD_OPERATOR_KEY=KEY),
                                       pass_fds=() if listener is None else (listener.fileno(),))
        self.running.append(process)
        return process

    def port_of(self, process):
        line = process.stdout.readline()
        self.assertIn("ready at http://", line, (self.folder / "log").read_text())
        return int(line.strip().rsplit(":", 1)[1])

    def log(self):
        return (self.folder / "log").read_text()

    def judge(self, shoppers):
        shoppers.stop()
        self.assertEqual(shoppers.failures[:5], [], f"of {sum(shoppers.sent)}")
        self.assertEqual(len(shoppers.carts), sum((sent + 1) // 2 for sent in shoppers.sent))  # each made once
        self.assertGreater(len(shoppers.carts), 100)

    def test_a_successor_takes_the_sockets_of_the_one_that_runs(self):
        before = self.serve("--listen", "127.0.0.1:0")
        port = self.port_of(before)
        shoppers = Shoppers(port)
        time.sleep(LOAD_S)
        for loops in ("2", "3", "1"):  # as many loops, more, and fewer than sockets come
            after = self.serve("--takeover-wait-ms", "20000", "--loops", loops)
            self.assertEqual(self.port_of(after), port)
            self.assertEqual(before.wait(WAIT_S), DONE)
            time.sleep(LOAD_S)
            before = after
        self.judge(shoppers)
        before.send_signal(signal.SIGTERM)
        self.assertEqual(before.wait(WAIT_S), DONE)
        self.assertEqual(self.log().count("a successor takes over"), 3)
        self.assertFalse((self.folder / "shop" / "takeover.sock").exists())

    def test_sockets_of_the_service_manager_outlive_a_restart(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            process = self.serve("--listen", "127.0.0.1:1", listener=listener)
            self.assertEqual(self.port_of(process), port)
            shoppers = Shoppers(port)
            for _ in range(3):
                time.sleep(LOAD_S)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(WAIT_S), DONE)
                process = self.serve(listener=listener)
                self.assertEqual(self.port_of(process), port)
            time.sleep(LOAD_S)
            self.judge(shoppers)

    def test_sockets_meant_for_another_process_are_left_alone(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = self.serve("--listen", "127.0.0.1:0", listener=listener, pid=1)
            self.assertNotEqual(self.port_of(process), listener.getsockname()[1])

    def test_what_was_passed_must_listen(self):
        with socket.socket() as deaf:
            self.assertEqual(self.serve(listener=deaf).wait(WAIT_S), FAILED)
        self.assertIn("descriptor 3 does not listen on TCP", self.log())

    def test_without_anybody_to_succeed_it_starts_alone(self):
        first = self.serve("--listen", "127.0.0.1:0")
        self.port_of(first)
        while not (self.folder / "shop" / "takeover.sock").exists():
            time.sleep(0.01)
        first.kill()  # leaves its socket file
        first.wait()
        self.assertTrue((self.folder / "shop" / "takeover.sock").is_socket())
        self.port_of(self.serve("--listen", "127.0.0.1:0", "--takeover-wait-ms", "20000"))

    def test_a_successor_that_goes_away_leaves_the_running_one_as_it_is(self):
        process = self.serve("--listen", "127.0.0.1:0")
        port = self.port_of(process)
        path = str(self.folder / "shop" / "takeover.sock")
        deadline = time.monotonic() + WAIT_S
        while not os.path.exists(path) and time.monotonic() < deadline:
            time.sleep(0.01)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as curious:
            curious.connect(path)
        while "the successor has gone" not in self.log() and time.monotonic() < deadline:
            time.sleep(0.01)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        connection.request("GET", "/readyz")
        self.assertEqual(connection.getresponse().read(), b'{"status":"ok","reasons":[],"omitted":[]}')
        connection.close()
        self.assertIsNone(process.poll())

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_another_user_gets_no_sockets(self):
        process = self.serve("--listen", "127.0.0.1:0")
        self.port_of(process)
        path = self.folder / "shop" / "takeover.sock"
        deadline = time.monotonic() + WAIT_S
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        for place in (self.folder, self.folder / "shop", path):
            place.chmod(0o777)  # as the folder of a real shop never is
        child = os.fork()
        if child == 0:
            os.setuid(NOBODY)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as thief:
                thief.connect(str(path))
                os._exit(len(thief.recv(16)))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        while "it is of another user" not in self.log() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertIn("it is of another user", self.log())
        self.assertIsNone(process.poll())

    def test_while_draining_readyz_says_so_and_answers_end_their_connections(self):
        process = self.serve("--listen", "127.0.0.1:0", "--drain-notice-ms", "600", "--drain-idle-ms", "20000")
        port = self.port_of(process)
        rested = [http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S) for _ in range(2)]
        for connection in rested:
            connection.request("GET", "/readyz")
            self.assertEqual(connection.getresponse().read(), b'{"status":"ok","reasons":[],"omitted":[]}')
        process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + WAIT_S
        while "stopping" not in self.log() and time.monotonic() < deadline:
            time.sleep(0.01)
        newcomer = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)  # the notice still runs
        newcomer.request("GET", "/readyz")
        answer = newcomer.getresponse()
        self.assertEqual(answer.status, 503)
        self.assertIn(b'{"status":"draining","reasons":[{"code":"stopping"', answer.read())
        newcomer.close()
        while self.accepts(port) and time.monotonic() < deadline:
            time.sleep(0.02)
        for connection, path in zip(rested, ("/readyz", "/v1/products")):  # rested, and still served
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 503 if path == "/readyz" else 200)
            self.assertEqual(answer.headers["Connection"], "close")
            connection.close()
        self.assertEqual(process.wait(WAIT_S), DONE)

    @staticmethod
    def accepts(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
