"""`shopd key`: made in the folder or through a running server; what it opens, and how it is told."""
import json
import socket
import urllib.error
import urllib.request

from test_data import DataTest, run
from test_serve import DONE, FAILED, REFUSED, USAGE

OPERATOR = "an-operator-key-of-a-test"


class KeyTest(DataTest):
    def key(self, *arguments, code=DONE):
        done = run("key", *arguments, SHOPD_OPERATOR_KEY=OPERATOR)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.strip() if code == DONE else done.stderr

    def test_what_is_missing_is_said(self):
        self.assertIn("create NAME: how is the service called?", self.key("create", code=USAGE))
        self.assertIn("`shopd key list` shows them", self.key("revoke", code=USAGE))
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        self.assertIn(f"no connection to {url}", self.key("list", "--url", url, code=FAILED))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def get(self, url, path, key):
        request = urllib.request.Request(url + path, headers={"Authorization": "Bearer " + key})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def test_a_key_made_in_the_folder_opens_its_scopes_and_is_told(self):
        key = self.key("create", "Robot 1", "--scopes", "stock:read, orders:write", "--data", self.data)
        self.assertRegex(key, r"^key_[A-Za-z0-9_-]{43}$")
        other = self.key("create", "Robot 2", "--scopes", "stock:read", "--data", self.data)
        rows = self.key("list", "--data", self.data).splitlines()
        self.assertEqual([row.split(None, 2)[1:] for row in rows],
                         [["counts", "Robot 1  stock:read orders:write"], ["counts", "Robot 2  stock:read"]])
        self.assertEqual(self.key("revoke", rows[1].split()[0], "--data", self.data), "")
        self.assertEqual(self.key("revoke", "apk_x", "--data", self.data, code=REFUSED), "shopd key: No such key\n")
        self.audit()
        self.serve(SHOPD_OPERATOR_KEY=OPERATOR)
        self.assertEqual(self.get(self.url, "/v1/locations", key)[0], 200)
        self.assertEqual(self.get(self.url, "/v1/pricing", key)[0], 403)
        self.assertEqual(self.get(self.url, "/v1/locations", other)[0], 401)
        told = self.get(self.url, "/v1/audit", OPERATOR)[1]["items"]
        self.assertEqual([(item["action"], item["by"]["type"]) for item in told],
                         [("api_key_revoke", "console"), ("api_key_create", "console"), ("api_key_create", "console")])
        self.key("create", "x", "--scopes", "stock:read", "--data", self.data, code=FAILED)  # the server has it

    def test_a_key_is_made_through_a_running_server(self):
        self.serve(SHOPD_OPERATOR_KEY=OPERATOR)
        key = self.key("create", "ERP", "--scopes", "stock:read", "--url", self.url)
        self.assertEqual(self.get(self.url, "/v1/locations", key)[0], 200)
        row = self.key("list", "--url", self.url)
        self.key("revoke", row.split()[0], "--url", self.url)
        self.assertEqual(self.get(self.url, "/v1/locations", key)[0], 401)
        self.assertIn("revoked", self.key("list", "--url", self.url))
        self.key("revoke", "apk_x", "--url", self.url, code=REFUSED)
        self.key("create", "x", "--scopes", "stock:eat", "--url", self.url, code=REFUSED)
        self.key("list", "--url", self.url, "--operator-key", "wrong-key-of-a-test", code=REFUSED)

    def test_wrong_usage_is_told(self):
        for arguments in (("create",), ("create", "x"), ("create", "", "--scopes", "stock:read"),
                          ("create", "x", "--scopes", "stock"), ("list", "x"), ("revoke",), ("eat", "x"),
                          ("create", "x" * 101, "--scopes", "stock:read")):
            self.key(*arguments, "--data", self.data, code=USAGE)
