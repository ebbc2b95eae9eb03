#!/usr/bin/env python3
"""The Debian package: clean to lintian, installs, serves the way its unit says, is upgraded, and leaves only the state. Prints TAP.

usage: check_package.py BUILD (which has shopd_VERSION_ARCHITECTURE.deb)

It is installed into this system, so root is needed, and a machine that has no shopd: else it is skipped. Where systemd runs,
its own service is left stopped and the program is started here all the same.
"""
import os
import pathlib
import pwd
import re
import resource
import shlex
import shutil
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))

from shop_process import ShopProcess, Tap  # noqa: E402

UNIT = pathlib.Path("/lib/systemd/system/shopd.service")
SOCKET = UNIT.with_suffix(".socket")
STATE, SETTINGS = pathlib.Path("/var/lib/shopd"), pathlib.Path("/etc/shopd")
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")  # 101: maintainer scripts start nothing
EXPOSURE_MAX = 2.0  # of 10, as systemd-analyze counts


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          env=dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C"), **more)


def must(*command):
    done = run(*command)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def unit_settings():
    """The last value of each line of the installed unit."""
    lines = [line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return dict(lines)


class AsTheUnit(ShopProcess):
    """Starts ExecStart as its user, with its umask, limit of files and state directory; only the port is another."""

    def __init__(self, unit, log_path):
        super().__init__("/usr/bin/shopd", STATE, str(log_path))
        self.unit, self.user = unit, pwd.getpwnam(unit["User"])
        STATE.mkdir(mode=int(unit["StateDirectoryMode"], 8), exist_ok=True)
        shutil.chown(STATE, self.user.pw_uid, self.user.pw_gid)
        self.environment = {"PATH": "/usr/bin:/bin", "SHOPD_LISTEN": f"127.0.0.1:{self.port}"}

    def popen(self, log):
        files = int(self.unit["LimitNOFILE"])
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = files if hard == resource.RLIM_INFINITY else min(files, hard)
        return subprocess.Popen(shlex.split(self.unit["ExecStart"]), stdout=log, stderr=log, cwd="/", env=self.environment,
                                user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[],
                                umask=int(self.unit["UMask"], 8),
                                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))


def files_of_package():
    return [pathlib.Path(line) for line in must("dpkg", "-L", "shopd").splitlines() if line != "/."]


def check_lintian(tap, package):
    if shutil.which("lintian") is None:
        tap.result(True, "lintian finds nothing # SKIP not installed")
        return
    done = run("lintian", "--fail-on", "error,warning", "--allow-root", package)
    tap.result(done.returncode == 0, "lintian finds nothing", done.stdout + done.stderr)


def check_units(tap):
    if shutil.which("systemd-analyze") is None:
        tap.result(True, "systemd understands the units # SKIP not installed")
        return
    done = run("systemd-analyze", "verify", UNIT, SOCKET)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "shopd." in line]
    tap.result(done.returncode == 0 and not said, "systemd understands the units", "\n".join(said))
    score = run("systemd-analyze", "security", "--offline=true", f"--threshold={int(EXPOSURE_MAX * 10)}", UNIT)
    tap.result(score.returncode == 0, f"the service is exposed {EXPOSURE_MAX} of 10 at most", score.stdout[-600:] + score.stderr)


def status_of(shop, method, path, **headers):
    with urllib.request.urlopen(urllib.request.Request(shop.url + path, method=method, headers=headers), timeout=30) as answer:
        return answer.status


def check_answers(tap, shop):
    key = (STATE / "operator.key").read_text().strip()
    tap.result(status_of(shop, "GET", "/healthz") == 200, "it serves as its unit starts it")
    tap.result(status_of(shop, "POST", "/v1/carts") == 201, "it takes a write")
    tap.result(status_of(shop, "GET", "/docs") == 200, "it has its web pages with it")
    status = status_of(shop, "GET", "/v1/locations", Authorization="Bearer " + key)
    tap.result(status == 200, "the key in its folder opens what is the operator's")
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in STATE.iterdir() if path.is_file()}
    tap.result(modes and set(modes.values()) == {"0o600"}, "what it keeps is readable by its user alone", modes)
    is_enough = "connections limited" not in shop.log_tail()
    tap.result(is_enough or resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 101000, "LimitNOFILE is enough for connections_max")


def check_serving(tap, log_path):
    shop = AsTheUnit(unit_settings(), log_path)
    try:
        shop.start()
        check_answers(tap, shop)
    finally:
        code = shop.stop()
    tap.result(code == 0, "it ends cleanly")
    audit = run("runuser", "-u", "shopd", "--", "/usr/bin/shopd", "audit", "--data", STATE)
    tap.result(audit.returncode == 0, "the audit of what it left is clean", audit.stdout + audit.stderr)


def check_life(tap, package, log_path):
    must("dpkg", "-i", package)
    paths = files_of_package()
    tap.result(all(path.exists() for path in paths), "dpkg installs it")
    check_units(tap)
    config = run("runuser", "-u", "shopd", "--", "/usr/bin/shopd", "config", "--config", SETTINGS / "shopd.conf")
    tap.result(config.returncode == 0, "the sample settings are read by the service's user", config.stderr)
    sources = set(re.findall(r"this value: (.*)", config.stdout))
    tap.result(sources == {"from the default"}, "the sample settings change nothing", sources)
    check_serving(tap, log_path)
    (SETTINGS / "shopd.conf").write_text("log_level = warning\n")
    must("dpkg", "-i", "--force-confold", package)
    tap.result((SETTINGS / "shopd.conf").read_text() == "log_level = warning\n", "an upgrade keeps the settings")
    must("dpkg", "--remove", "shopd")
    kept = [path for path in paths if "shopd" in str(path) and path.is_file()]
    tap.result(kept == [SETTINGS / "shopd.conf"], "after its removal the settings are left", kept)
    must("dpkg", "--purge", "shopd")
    left = [path for path in paths if path.exists() and "shopd" in path.name]
    links = [path for path in pathlib.Path("/etc/systemd").rglob("*shopd*")]
    links += list(pathlib.Path("/var/lib/systemd/deb-systemd-helper-enabled").rglob("*shopd*"))
    links += list(pathlib.Path("/var/lib/systemd/deb-systemd-helper-masked").rglob("*shopd*"))
    tap.result(not left and not links, "after a purge nothing is left", left + links)
    tap.result((STATE / "journal.db").exists(), "but the state: the data folder")


def blocked_by():
    if os.geteuid() != 0 or shutil.which("dpkg") is None:
        return "needs root and dpkg"
    there = [str(path) for path in (STATE, SETTINGS, UNIT, pathlib.Path("/usr/bin/shopd")) if path.exists()]
    return "already here: " + " ".join(there) if there else None


def main():
    packages = sorted(pathlib.Path(sys.argv[1]).glob("shopd_*.deb"))
    tap = Tap()
    check_lintian(tap, packages[-1])
    reason = blocked_by()
    if reason is not None:
        tap.result(True, f"dpkg installs it # SKIP {reason}")
        return tap.exit_code()
    log_path = pathlib.Path(sys.argv[1]) / "check_package.log"
    is_policy_ours = not POLICY.exists()
    if is_policy_ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        check_life(tap, packages[-1], log_path)
    finally:
        run("dpkg", "--purge", "shopd")
        run("deluser", "--system", "--quiet", "shopd")
        shutil.rmtree(STATE, ignore_errors=True)
        if is_policy_ours:
            POLICY.unlink()
    return tap.exit_code()


if __name__ == "__main__":
    sys.exit(main())
