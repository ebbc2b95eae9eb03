#!/usr/bin/env python3
"""A TypeScript client generated from docs/api/openapi.json compiles, and does a shopping trip. Prints TAP.

usage: check_client.py SHOPD BUILD

openapi-typescript makes the types, openapi-fetch is the client. What npm installs is kept in BUILD/client as long as
package-lock.json is the same. Without node, npm or npm's registry the tests are skipped and say so.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/python"))

from shop_process import OPERATOR_KEY, ShopProcess  # noqa: E402

NAMES = ["types are generated from the document", "the client compiles", "a shopping trip succeeds"]
INSTALL = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"]


def skip(why):
    for number, name in enumerate(NAMES, 1):
        print(f"ok {number} - {name} # SKIP {why}")
    print(f"1..{len(NAMES)}")
    return 0


def install(work):
    """True when everything of the lock file is in work/node_modules."""
    done = work / "installed-lock.json"
    lock = (HERE / "package-lock.json").read_bytes()
    if done.exists() and done.read_bytes() == lock:
        return True
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, work)
    try:
        if subprocess.run(INSTALL, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=180).returncode:
            return False
    except subprocess.TimeoutExpired:
        return False
    done.write_bytes(lock)
    return True


def run(work, *command):
    done = subprocess.run([str(part) for part in command], cwd=work, capture_output=True, text=True, timeout=300)
    return done.returncode == 0, done.stdout + done.stderr


def trip(shopd, work):
    with tempfile.TemporaryDirectory(prefix="shopd-client-") as folder:
        shop = ShopProcess(shopd, pathlib.Path(folder, "data"))
        shop.start()
        try:
            return run(work, "node", "trip.js", shop.url, OPERATOR_KEY)
        finally:
            shop.stop()


def main(shopd, build):
    if not shutil.which("node") or not shutil.which("npm"):
        return skip("node and npm are not installed")
    work = pathlib.Path(build).resolve() / "client"
    work.mkdir(parents=True, exist_ok=True)
    if not install(work):
        return skip("npm could not install what package-lock.json names")
    for name in ("trip.ts", "tsconfig.json"):
        shutil.copy(HERE / name, work)
    steps = [lambda: run(work, "node_modules/.bin/openapi-typescript", ROOT / "docs/api/openapi.json", "-o", "schema.d.ts",
                         "--default-non-nullable=false"),
             lambda: run(work, "node_modules/.bin/tsc", "-p", "."), lambda: trip(shopd, work)]
    for number, (name, step) in enumerate(zip(NAMES, steps), 1):
        ok, output = step()
        print(f"{'ok' if ok else 'not ok'} {number} - {name}", flush=True)
        if not ok:
            print("\n".join("#   " + line for line in output.splitlines()[:40]))
            return 1
    print(f"1..{len(NAMES)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
