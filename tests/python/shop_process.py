"""A shopd of a test's own: on a free loopback port, its data in a temporary folder, stopped by process id."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPERATOR_KEY = "operator-key-of-a-test"
START_TIMEOUT_S = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ShopProcess:
    """Start, kill -9, start again on the same port: `start()` returns the seconds until it was ready."""

    def __init__(self, shopd, folder, log_path=None, settings=None):
        self.shopd, self.folder, self.port = str(shopd), str(folder), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = log_path or str(pathlib.Path(folder).parent / "serve.log")
        self.environment = dict(os.environ, SHOPD_OPERATOR_KEY=OPERATOR_KEY, **(settings or {}))
        self.process = None

    def start(self):
        started = time.monotonic()
        with open(self.log_path, "ab") as log:
            self.process = self.popen(log)
        while time.monotonic() - started < START_TIMEOUT_S:
            if self.process.poll() is not None:
                raise RuntimeError(f"shopd ended with {self.process.returncode}:\n" + self.log_tail())
            try:
                with urllib.request.urlopen(self.url + "/readyz", timeout=1):
                    return time.monotonic() - started
            except (urllib.error.URLError, OSError):
                time.sleep(0.01)
        raise RuntimeError("shopd is not ready:\n" + self.log_tail())

    def popen(self, log):
        return subprocess.Popen([self.shopd, "serve", "--data", self.folder, "--listen", f"127.0.0.1:{self.port}"], stdout=log,
                                stderr=log, env=self.environment)

    def log_tail(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")[-2000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Gracefully; the exit code."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9

    def get(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": "Bearer " + OPERATOR_KEY})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def run(self, *arguments, check=True):
        """Another sub-command of the same binary, its output captured."""
        return subprocess.run([self.shopd, *map(str, arguments)], capture_output=True, text=True, check=check,
                              env=self.environment)


class Tap:
    """Counts and prints results; `exit_code()` closes."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, ok, title, detail=""):
        self.count += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.count} - {title}", flush=True)
        for line in str(detail).splitlines() if not ok else []:
            print("#   " + line, flush=True)
        return ok

    def exit_code(self):
        print(f"1..{self.count}")
        return 1 if self.failed or not self.count else 0
