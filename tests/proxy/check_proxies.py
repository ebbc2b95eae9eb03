#!/usr/bin/env python3
"""deploy/haproxy.cfg and deploy/nginx.conf work: a shopping trip over TLS through each. Prints TAP.

usage: check_proxies.py SHOPD

The files are taken as they are, but for ports, paths of certificates and shopd's address. A proxy that is not
installed is skipped, with a word.
"""
import gzip
import http.client
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))

from shop_process import OPERATOR_KEY, ShopProcess, Tap, free_port  # noqa: E402

START_S = 20
SETTINGS = {"SHOPD_TRUSTED_PROXIES": "127.0.0.1", "SHOPD_RATE_EXEMPT": "", "SHOPD_RATE_ADDRESS_BURST": "200",
            "SHOPD_RATE_ADDRESS_PER_S": "1"}
NGINX = "daemon off; pid {0}/nginx.pid; error_log stderr; events {{}} http {{ include {0}/site.conf; " + "".join(
    f"{kind}_temp_path {{0}}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) + "}}\n"


def certificate(folder):
    """A certificate for localhost, its key, and both in one file."""
    crt, key, pem = folder / "shopd.crt", folder / "shopd.key", folder / "shopd.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", key, "-out", crt], check=True, capture_output=True)
    pem.write_bytes(crt.read_bytes() + key.read_bytes())
    return crt, key, pem


class Proxy:
    """`start` returns once it listens; the configuration is the shipped one with other ports and paths."""

    def __init__(self, name, folder, shop_port):
        self.name, self.folder = name, folder
        self.plain, self.secure = free_port(), free_port()
        crt, key, pem = certificate(folder)
        self.trust = ssl.create_default_context(cafile=crt)
        self.trust.set_alpn_protocols(["http/1.1"])
        shop = f"127.0.0.1:{shop_port}"
        if name == "haproxy":
            self.write("haproxy.cfg", "haproxy.cfg", {":80\n": f"127.0.0.1:{self.plain}\n", ":443 ": f"127.0.0.1:{self.secure} ",
                                                      "/etc/ssl/private/shopd.pem": str(pem), "127.0.0.1:8080": shop})
            self.command = ["haproxy", "-db", "-f", folder / "haproxy.cfg"]
        else:
            self.write("nginx.conf", "site.conf", {"listen 80;": f"listen 127.0.0.1:{self.plain};",
                                                   "listen 443 ": f"listen 127.0.0.1:{self.secure} ",
                                                   "/etc/ssl/certs/shopd.crt": str(crt),
                                                   "/etc/ssl/private/shopd.key": str(key), "127.0.0.1:8080": shop})
            (folder / "nginx.conf").write_text(NGINX.format(folder))
            self.command = ["nginx", "-p", folder, "-c", folder / "nginx.conf"]

    def write(self, source, target, replaced):
        text = (ROOT / "deploy" / source).read_text()
        for old, new in replaced.items():
            assert old in text, (source, old)
            text = text.replace(old, new)
        (self.folder / target).write_text(text)

    def start(self):
        self.log = open(self.folder / "proxy.log", "wb")
        self.process = subprocess.Popen([str(part) for part in self.command], stdout=self.log, stderr=self.log)
        ends = time.monotonic() + START_S
        while time.monotonic() < ends:
            try:
                if self.send("GET", "/readyz")[0] == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            if self.process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def send(self, method, path, body=None, **headers):
        """(status, headers, JSON or bytes)"""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPSConnection("localhost", self.secure, context=self.trust, timeout=30)
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        raw = answer.read()
        connection.close()
        if answer.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        is_json = "json" in answer.headers.get("Content-Type", "") and raw
        return answer.status, answer.headers, json.loads(raw) if is_json else raw

    def redirect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=30)
        connection.request("GET", "/v1/products?q=a", headers={"Host": "shop.example"})
        answer = connection.getresponse()
        connection.close()
        return answer.status, answer.headers.get("Location")

    def speaks_h2(self):
        context = ssl.create_default_context(cafile=self.folder / "shopd.crt")
        context.set_alpn_protocols(["h2"])
        with socket.create_connection(("127.0.0.1", self.secure), timeout=30) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as secure:
                return secure.selected_alpn_protocol() == "h2"


def trip(proxy, tap):
    operator = {"Authorization": "Bearer " + OPERATOR_KEY}
    product = proxy.send("POST", "/v1/products", {"sku": "P-1", "name": "Thing", "category": "HOME", "description": "x" * 4000,
                                                  "price": {"amount": 500, "currency": "USD"}}, **operator)[2]
    proxy.send("POST", "/v1/stock/movements", {"product_id": product["id"], "quantity": 9, "reason": "received"}, **operator)
    cart = proxy.send("POST", "/v1/carts")[2]
    token = {"Cart_Token": cart["token"]}
    proxy.send("POST", f"/v1/carts/{cart['id']}/items", {"product_id": product["id"], "quantity": 2}, **token)
    buy = ("POST", f"/v1/carts/{cart['id']}/checkout", {"contact": {"email": "a@example.com"}})
    status, headers, order = proxy.send(*buy, Idempotency_Key="trip", Request_Id="trip-1", **token)
    tap.result(status == 201 and order["status"] == "pending", f"{proxy.name}: what is in the cart is bought", order)
    tap.result(headers["Request-Id"] == "trip-1", f"{proxy.name}: request ids pass through", headers)
    tap.result(proxy.send(*buy, Idempotency_Key="trip", **token)[2] == order, f"{proxy.name}: a key gives the same answer again")
    status, headers, shown = proxy.send("GET", f"/v1/products/{product['id']}", Accept_Encoding="gzip")
    compressed = headers.get("Content-Encoding") == "gzip"
    tap.result(compressed and shown["id"] == product["id"], f"{proxy.name}: the catalogue is compressed", headers)
    tag = headers["ETag"]
    status = proxy.send("GET", f"/v1/products/{product['id']}", If_None_Match=tag)[0]
    tap.result(status == 304, f"{proxy.name}: what a reader has is not sent again", (status, tag))
    status = proxy.send("PATCH", f"/v1/products/{product['id']}", {"name": "Other"}, If_Match=tag, **operator)[0]
    tap.result(status == 200, f"{proxy.name}: an entity tag survives compression", (status, tag))


def edges(proxy, tap):
    tap.result(proxy.redirect() == (308, "https://shop.example/v1/products?q=a"), f"{proxy.name}: plain HTTP is sent to TLS",
               proxy.redirect())
    tap.result(proxy.send("GET", "/metrics")[0] == 404, f"{proxy.name}: numbers stay inside")
    headers = proxy.send("GET", "/healthz")[1]
    tap.result("max-age" in headers.get("Strict-Transport-Security", "") and headers["X-Content-Type-Options"] == "nosniff",
               f"{proxy.name}: browsers are told how to treat it", headers)
    tap.result(proxy.speaks_h2(), f"{proxy.name}: HTTP/2 is spoken")
    seen = {proxy.send("GET", "/healthz", X_Forwarded_For=f"198.51.100.{n % 250}")[0] for n in range(220)}
    tap.result(429 in seen, f"{proxy.name}: an invented address does not escape the rate limit", seen)


def main(shopd):
    tap = Tap()
    for name in ("haproxy", "nginx"):
        if not shutil.which(name) or not shutil.which("openssl"):
            tap.result(True, f"{name} # SKIP {name} or openssl is not installed")
            continue
        with tempfile.TemporaryDirectory(prefix="shopd-proxy-") as folder:
            shop = ShopProcess(shopd, pathlib.Path(folder, "data"), settings=SETTINGS)
            shop.start()
            proxy = Proxy(name, pathlib.Path(folder), shop.port)
            try:
                started = proxy.start()
                if tap.result(started, f"{name} starts with the shipped configuration",
                              "" if started else pathlib.Path(folder, "proxy.log").read_text(errors="replace")):
                    trip(proxy, tap)
                    edges(proxy, tap)
            finally:
                proxy.stop()
                shop.stop()
    return tap.exit_code()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
