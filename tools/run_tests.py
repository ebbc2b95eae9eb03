#!/usr/bin/env python3
"""Runs every test there is and closes with a line `N passed, N failed`.

usage: run_tests.py BUILD [--served | --quick | --unit] [--only WORD]

Every test program speaks TAP on standard output (an `ok` or `not ok` line per test); what a failing one
printed is shown. Programs of a group run side by side, groups one after the other.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAP_LINE = re.compile(r"^\s*(not ok|ok)\b(?:\s+\d+)?(?:\s*-\s*)?(.*)$")


def groups(build, options):
    """(name, most side by side, [(title, argv)]) in the order they run: quick ones first."""
    built = sorted(build.glob("unit_*")) + sorted(build.glob("contract_*"))
    programs = [path for path in built if path.is_file() and os.access(path, os.X_OK)]
    found = [("unit and contract", 2, [(path.name, [str(path)]) for path in programs])]
    if options.unit:
        return found
    corpora = [(path.name, [str(path), str(ROOT / "tests/fuzz/corpus" / path.name.removeprefix("fuzz_"))])
               for path in sorted(build.glob("fuzz_*")) if path.is_file() and os.access(path, os.X_OK)]
    found.append(("fuzz corpora", 2, corpora))
    simulator = build / "sim"
    found.append(("simulator", 2, [("sim", [str(simulator), "--seeds", "300"]),
                                   ("sim power cuts", [str(simulator), "--power-cuts", "60"]),
                                   ("sim without fsync", [str(simulator), "--expect-loss", "60"])]))
    if options.quick:
        return found
    python = sys.executable
    shopd = str(build / "shopd")
    found.append(("http", 1, [("http", [python, "tests/http/run_tap.py", shopd])]))
    found.append(("command line", 1, [("cli", [python, "tests/cli/run_tap.py", shopd])]))
    found.append(("postgres", 1, [("postgres", [python, "tests/postgres/run_tap.py", shopd])]))
    found.append(("alarms", 1, [("alarms", [python, "tests/deploy/run_tap.py", shopd])]))
    if options.served:
        return found
    found.append(("layers", 1, [("layers", [python, "tests/layers/check.py"])]))
    found.append(("documents", 1, [("documents", [python, "tests/docs/check_links.py"])]))
    found.append(("relevance", 1, [("relevance", [python, "tests/oracle/relevance.py", shopd])]))
    found.append(("client", 1, [("client", [python, "tests/client/check_client.py", shopd, str(build)])]))
    found.append(("proxies", 1, [("proxies", [python, "tests/proxy/check_proxies.py", shopd])]))
    found.append(("Kafka broker", 1, [("kafka", [python, "tests/kafka/run_tap.py", shopd])]))
    found.append(("search node", 1, [("elastic", [python, "tests/elastic/run_tap.py", str(build)])]))
    found.append(("recipes", 1, [("recipes", [python, "tests/recipes/check_recipes.py"])]))
    found.append(("the real year", 1, [("oracle", [python, "tests/oracle/replay_year.py", shopd])]))
    found.append(("kill -9", 1, [("crash", [python, "tests/crash/kill_rounds.py", shopd, "--rounds", "50"])]))
    return found


def run_program(title, argv, timeout_s):
    started = time.monotonic()
    # What is to abort does so in a child process, which may start threads though its parent has some.
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
                       TSAN_OPTIONS=f"suppressions={ROOT}/tests/tsan.supp:die_after_fork=0")
    try:
        done = subprocess.run(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=timeout_s, text=True, errors="replace")
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace") + "\ntimed out\n", 124
    passed = failed = 0
    for line in output.splitlines():
        match = TAP_LINE.match(line)
        if match and match[1] == "ok":
            passed += 1
        elif match:
            failed += 1
    if code != 0 and failed == 0:
        failed = 1
    if passed + failed == 0:
        failed, output = 1, output + "\nprinted no test result\n"
    return title, passed, failed, output, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--served", action="store_true", help="quick, and what asks a server: HTTP and command line")
    parser.add_argument("--quick", action="store_true", help="what needs no server: unit, contract, fuzz, simulator")
    parser.add_argument("--unit", action="store_true", help="unit and contract tests alone")
    parser.add_argument("--only", default="", help="only programs whose title contains this word")
    parser.add_argument("--timeout", type=int, default=1200, help="seconds a program may take")
    options = parser.parse_args()

    passed = failed = 0
    for name, side_by_side, programs in groups(options.build.resolve(), options):
        programs = [program for program in programs if options.only in program[0]]
        if not programs:
            continue
        print(f"== {name}", flush=True)
        with concurrent.futures.ThreadPoolExecutor(side_by_side) as pool:
            jobs = [pool.submit(run_program, title, argv, options.timeout) for title, argv in programs]
            for job in concurrent.futures.as_completed(jobs):
                title, ok, bad, output, seconds = job.result()
                print(f"{'FAIL' if bad else 'ok  '} {title}: {ok} passed, {bad} failed, {seconds:.1f} s", flush=True)
                for line in output.splitlines():
                    if "# SKIP" in line:
                        print("    " + line, flush=True)
                if bad:
                    told = [line for line in output.splitlines() if not line.lstrip().startswith("ok ")]
                    print("\n".join("    " + line for line in told[-200:]), flush=True)
                passed, failed = passed + ok, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
