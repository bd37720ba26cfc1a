"""What the flow tests share: the training server, a desk, kaipiaoctl, and TAP."""
import contextlib
import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

BUILD = Path(os.environ["KAI_BUILD_DIR"])
CTL = BUILD / "app/ctl/kaipiaoctl"
SANDBOX = BUILD / "sandbox/kaipiao-sandbox"
CLASS_LIST = BUILD / "sandbox/kaipiao-demo-class-list"
CLERK = "32068400101"
UNIT = "320684001"


class Skip(Exception):
    """This machine cannot run the case; says why."""


class Result:
    """One run of kaipiaoctl."""

    def __init__(self, command, done):
        self.command = command
        self.status = done.returncode
        self.text = done.stdout
        self.errors = done.stderr
        self.json = None
        with contextlib.suppress(ValueError):
            self.json = json.loads(done.stdout)

    def expect(self, status):
        assert self.status == status, f"{self.command}\nexit status {self.status}, not {status}\n{self.text[-1500:]}\n{self.errors[-1500:]}"
        assert self.status == 2 or self.json is not None, f"{self.command}: not one JSON document:\n{self.text[:500]}"
        return self

    def __getitem__(self, key):
        return self.json[key]


class Server:
    """A training server of the test's own."""

    def __init__(self, folder, port=0):
        self.dir = Path(folder)
        self.port = port
        self.process = None
        self.url = None

    def start(self):
        command = [str(SANDBOX), "--dir", str(self.dir), "--demo-data", "--print-ready"]
        if self.port:
            command += ["--port", str(self.port)]
        self.log = open(f"{self.dir}.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline().split()
        assert line and line[0] == "ready", f"the training server did not start: {Path(f'{self.dir}.log').read_text()[-1000:]}"
        self.url = line[1]
        self.port = int(self.url.split(":")[2].split("/")[0])
        return self

    def stop(self, sig=signal.SIGTERM):
        if self.process:
            self.process.send_signal(sig)
            status = self.process.wait(timeout=30)
            self.process.stdout.close()
            self.process = None
            self.log.close()
            return status
        return None

    def ctl(self, *args):
        done = subprocess.run([str(SANDBOX), "ctl", "--dir", str(self.dir), *map(str, args)], capture_output=True, text=True)
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return done.stdout

    def state(self):
        return json.loads(self.ctl("state"))

    @property
    def trust(self):
        return self.dir / "ca.pem"

    def issue_key(self, user, folder, algorithm="sm2"):
        pin_file = Path(folder) / f"{user}-{algorithm}.pin"
        pin_file.write_text("Geheim-2026\n")
        key = Path(folder) / f"{user}-{algorithm}.p12"
        self.ctl("issue-key", user, "-o", key, "--pin-file", pin_file, "--algorithm", algorithm)
        return key, pin_file


class Desk:
    """One data directory with a user's key."""

    def __init__(self, server, home, key, pin_file, user=CLERK):
        self.server, self.home, self.key, self.pin_file, self.user = server, Path(home), key, pin_file, user

    def command(self, *args):
        return [str(CTL), *map(str, args), "--home", str(self.home), "--server", self.server.url, "--user", self.user,
                "--key", f"file:{self.key}", "--pin-file", str(self.pin_file), "--trust", str(self.server.trust), "--json"]

    def run(self, *args, env=None):
        return run(self.command(*args), env)

    def start(self, *args):
        """In the background, for a test that kills it."""
        return subprocess.Popen(self.command(*args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    def notices(self, *args):
        return self.run("notice", "list", *args, "--offline").expect(0)["notices"]


def run(command, env=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(env or {})}, timeout=300)
    assert done.returncode >= 0, f"{command}: killed by signal {-done.returncode}\n{done.stderr[-3000:]}"
    # A sanitizer ends the program with a status of its own and says why on standard error.
    for word in ("AddressSanitizer", "runtime error:", "LeakSanitizer", "CRITICAL", "WARNING **"):
        assert word not in done.stderr, f"{command}\n{done.stderr[-3000:]}"
    return Result(" ".join(str(c) for c in command[1:4]), done)


def class_list(path, rows, item, seed=1):
    subprocess.run([str(CLASS_LIST), "-o", str(path), "--rows", str(rows), "--seed", str(seed), "--item", item], check=True,
                   capture_output=True)
    return path


class Room:
    """A folder, a server and a desk for one test case."""

    def __init__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="kaipiao-flow-"))
        self.server = Server(self.dir / "server").start()
        self.key, self.pin_file = self.server.issue_key(CLERK, self.dir)
        self.desk = Desk(self.server, self.dir / "desk", self.key, self.pin_file)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop(signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def second_desk(self, user=CLERK, algorithm="p256"):
        folder = Path(tempfile.mkdtemp(prefix="second-", dir=self.dir))
        key, pin_file = self.server.issue_key(user, folder, algorithm)
        return Desk(self.server, folder / "desk", key, pin_file, user)

    def ready(self):
        """Base data and numbers at hand."""
        self.base = self.desk.run("base-data", "refresh").expect(0)
        return self

    def item(self, standard):
        return next(i for i in self.base["items"] if i["standard"] == standard)

    def new(self, *more, payer="王小明", desk=None, env=None):
        item = self.item("fixed")
        return (desk or self.desk).run("notice", "new", "--payer", payer, "--kind", "person", "--mobile", "13800000000", "--item",
                                       f"{item['code']}:1", *more, env=env)


def chain(db, first):
    """The hashes of the log anew from a line on, as the program itself would make them."""
    before = db.execute("SELECT hash FROM audit_log WHERE id = ?", (first - 1,)).fetchone()
    last = before[0] if before else bytes(32)
    for row in db.execute("SELECT id, at, user, action, subject, outcome FROM audit_log WHERE id >= ? ORDER BY id", (first,)).fetchall():
        data = last + struct.pack(">qq", row[0], row[1])
        for text in row[2:]:
            raw = text.encode()
            data += struct.pack(">q", len(raw)) + raw
        last = hashlib.new("sm3", data).digest()
        db.execute("UPDATE audit_log SET hash = ? WHERE id = ?", (last, row[0]))


def compare(server, desk):
    """Both sides know the same notices, with the same amounts and states; none twice."""
    there = server.state()["notices"]
    here = desk.notices()
    codes = [n["payment_code"] for n in there]
    assert len(codes) == len(set(codes)), "a payment code twice at the server"
    assert len({n["payment_code"] for n in here}) == len(here), "a payment code twice at the desk"
    left = {n["payment_code"]: (n["payer"], n["amount"], n["state"]) for n in there}
    right = {n["payment_code"]: (n["payer"], n["amount"], n["state"]) for n in here}
    assert left == right, f"the two sides differ: {set(left.items()) ^ set(right.items())}"


def main(cases):
    """Runs the cases, or those named on the command line, as TAP."""
    wanted = sys.argv[1:]
    chosen = [c for c in cases if not wanted or c.__name__ in wanted]
    print(f"1..{len(chosen)}", flush=True)
    failed = 0
    for number, case in enumerate(chosen, 1):
        name = case.__name__.replace("_", "-")
        start = time.monotonic()
        try:
            case()
            print(f"ok {number} {name}  # {time.monotonic() - start:.1f} s", flush=True)
        except Skip as why:
            print(f"ok {number} {name} # SKIP {why}", flush=True)
        except Exception:  # noqa: BLE001 - a test case failed, whatever it was
            failed += 1
            print(f"not ok {number} {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(1 if failed else 0)
