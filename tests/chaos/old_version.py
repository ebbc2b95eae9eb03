"""shopd of an earlier commit, built from the history of this repository and kept beside the build."""
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEPS_OF_THE_SCHEMA = "src/store/postgres/migrations.c"


class Missing(Exception):
    """Says what to do."""


def git(*arguments):
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


def is_shallow():
    return git("rev-parse", "--is-shallow-repository") == "true"


def default_commit():
    """The last one before the newest step of the schema."""
    changed = git("log", "-1", "--first-parent", "--format=%H", "--", STEPS_OF_THE_SCHEMA)
    if not changed:
        raise Missing(f"nothing is known of {STEPS_OF_THE_SCHEMA}")
    newest = git("log", "--format=%H", "--reverse", f"{changed}^1..{changed}", "--", STEPS_OF_THE_SCHEMA).split("\n")[0]
    return git("rev-parse", "--verify", f"{newest or changed}^1")


def find(name):
    """The commit's id. `name`: a tag, branch or commit; None = the version before the schema changed last."""
    try:
        return git("rev-parse", "--verify", f"{name}^{{commit}}") if name else default_commit()
    except Missing as missing:
        if not (ROOT / ".git").exists():
            raise Missing("there is no history here: not a clone of the repository; name a binary with --old") from None
        if is_shallow():
            raise Missing(f"{name or 'the version before'} is not in this shallow clone: git fetch --unshallow --tags") from None
        raise missing


def build(commit, folder):
    """The path of its shopd. What newer compilers warn of is no reason not to build it."""
    binary = pathlib.Path(folder, "old", commit[:12], "shopd")
    if binary.exists():
        return binary
    source = tempfile.mkdtemp(prefix="shopd-old-")
    try:
        archive = os.path.join(source, "tree.tar")
        git("archive", "--output", archive, commit)
        with tarfile.open(archive) as tree:
            tree.extractall(os.path.join(source, "tree"))
        for command in (["meson", "setup", "../build", "-Dwerror=false"], ["nice", "ninja", "-C", "../build", "shopd"]):
            done = subprocess.run(command, cwd=os.path.join(source, "tree"), capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"{commit[:12]} does not build: {(done.stdout + done.stderr)[-2000:]}")
        binary.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.path.join(source, "build", "shopd"), binary)
    finally:
        shutil.rmtree(source, ignore_errors=True)
    return binary
