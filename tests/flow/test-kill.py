#!/usr/bin/env python3
"""Kills: commands run against the training server while payments come in, and client or server is killed with SIGKILL at random points. Then
both are left to settle and must hold the same.

usage: test-kill.py [--kills N] [--seed S] [CASE…]
What happens in the n-th round depends on the seed and n alone, as far as the moments of a kill can be repeated.
"""
import argparse
import contextlib
import fcntl
import json
import os
import random
import signal
import subprocess
import sys
import time

from kaiagree import agree, catch_up, look, stock_agrees
from kaiflow import SANDBOX, Room, class_list, main

ROWS = 4  # of a workbook: small, so that kills are dense
PAYERS_AT_ONCE = 2
# Few numbers at a time, so that leasing is killed too.
PROFILE = "[leases]\nsize=12\nlow-water=5\n"
HOLDERS = ("32068400101", "32068400151", "32068400152")


class Killer:
    """One run: two desks of one unit, one server."""

    def __init__(self, room, kills, seed):
        self.room, self.kills, self.seed = room, kills, seed
        self.desks = [room.desk, room.second_desk()]
        for desk in self.desks:
            desk.home.mkdir(exist_ok=True)
            (desk.home / "site-profile.ini").write_text(PROFILE)
        self.desks[1].run("base-data", "refresh").expect(0)
        fixed = room.item("fixed")
        self.item = f"{fixed['code']}:1"
        self.row_item = f"{fixed['code']}:{fixed['min']}"
        self.known = [set(), set()]  # payment codes that a desk has shown
        self.singles = {}            # payer → did the command say that it is saved?
        self.books = []              # (desk, path)
        self.paid = set()            # the payment platform said so
        self.payers = []
        self.took = {}               # operation → seconds when nobody kills it
        self.count = {"desk": 0, "server": 0, "both": 0, "too late": 0}
        self.journal = []

    # ---- what is tried ----

    def issue(self, chance, n, desk):
        payer = f"学生{n}"
        self.singles[n, desk] = False
        return ["notice", "new", "--payer", payer, "--kind", "person", "--mobile", "13800000000", "--item", self.item]

    def batch(self, chance, n, desk):
        mine = [path for d, path in self.books if d == desk]
        if mine and chance.random() < 0.5:
            path = mine[-1]
        else:
            path = class_list(self.room.dir / f"class-{n}.xlsx", ROWS, self.row_item, seed=n + 1)
            self.books.append((desk, path))
        return ["import", "issue", path]

    def void(self, chance, n, desk):
        codes = sorted(self.known[desk] - self.paid)
        if not codes:
            return None
        return ["notice", "void", codes[-1 - chance.randrange(min(6, len(codes)))], "--reason", f"写错了{n}"]

    def swap(self, chance, n, desk):
        return ["ebill", "swap", "--all-paid"]

    def sync(self, chance, n, desk):
        return ["sync"]

    def stock(self, chance, n, desk):
        ranges = self.desks[0].run("stock", "list", "--offline").expect(0)["ranges"]
        r = chance.choice([r for r in ranges if r["state"] in ("to-take-in", "free", "void")] or [None])
        if not r:
            return None
        first = int(r["first"])
        last = min(int(r["last"]), first + chance.randrange(1, 25))
        kind = {"to-take-in": ["receive"], "free": ["distribute", "distribute", "void", "return"], "void": ["write-off", "return"]}[r["state"]]
        kind = chance.choice(kind)
        more = {"distribute": ["--to", chance.choice([h for h in HOLDERS if h != r["holder"]])], "void": ["--reason", "撕破了"]}.get(kind, [])
        width = len(r["first"])
        return ["stock", kind, "--type", r["type"], "--first", f"{first:0{width}d}", "--last", f"{last:0{width}d}", "--from", r["holder"], *more]

    def choose(self, chance, n):
        desk = int(chance.random() < 0.3)
        name = chance.choices(("issue", "batch", "void", "swap", "sync", "stock"), (25, 15, 10, 20, 12, 18))[0]
        if name == "stock":
            desk = 0  # the paper lies in one place
        return name, desk, getattr(self, name)(chance, n, desk)

    # ---- what happens ----

    def pay(self, chance):
        """Somebody pays meanwhile, whoever is being killed."""
        self.reap(PAYERS_AT_ONCE)
        codes = sorted(set().union(*self.known) - self.paid)
        if codes:
            code = codes[-1 - chance.randrange(min(8, len(codes)))]
            self.payers.append((code, subprocess.Popen(
                [str(SANDBOX), "ctl", "--dir", str(self.room.server.dir), "pay", code],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)))

    def reap(self, leave=0):
        while len(self.payers) > leave:
            code, process = self.payers.pop(0)
            if process.wait(timeout=60) == 0:
                self.paid.add(code)

    def kill(self, victim, process):
        if process.poll() is not None:
            self.count["too late"] += 1
            return False
        if victim in ("desk", "both"):
            process.kill()
        if victim in ("server", "both"):
            self.room.server.stop(signal.SIGKILL)
        self.count[victim] += 1
        return True

    def understand(self, name, desk, n, process, text):
        """What a command said is done must be true in the end."""
        with contextlib.suppress(ValueError):
            answer = json.loads(text)
            if name == "void" and answer.get("state") == "void":
                self.known[desk].discard(answer["payment_code"])
            if name == "issue" and answer.get("payment_code"):
                self.singles[n, desk] = True
                self.known[desk].add(answer["payment_code"])
        assert process.returncode in (0, 1, 3, -signal.SIGKILL), f"{name}: exit status {process.returncode}"

    def round(self, n):
        chance = random.Random(f"{self.seed}-{n}")
        name, desk, args = self.choose(chance, n)
        victim = chance.choices(("desk", "server", "both"), (5, 4, 1))[0]
        moment, two = chance.random(), chance.random() < 0.2
        if chance.random() < 0.5:
            self.pay(chance)
        if args is None:
            return
        process = self.desks[desk].start(*args)
        # Now and then another program works on the same store: window and command line do.
        other = self.desks[desk].start("sync") if two else None
        start = time.monotonic()
        try:
            process.wait(timeout=moment * self.took.get(name, 0.15) * (1.5 if two else 1))
        except subprocess.TimeoutExpired:
            pass
        landed = self.kill(victim, process)
        text, errors = process.communicate(timeout=60)
        if not landed and not two:
            self.took[name] = 0.7 * self.took.get(name, 0.15) + 0.3 * (time.monotonic() - start)
        if other:
            if victim != "server" and landed and chance.random() < 0.3:
                other.kill()
            other.communicate(timeout=60)
        if landed:
            self.took[name] = self.took.get(name, 0.15) * 1.02  # later by and by, until it is too late
        self.journal.append(f"{n} {name} desk {desk} {victim if landed else '-'} at {moment:.2f} → {process.returncode} {errors.strip()[:120]}")
        self.understand(name, desk, n, process, text)
        for sign in ("AddressSanitizer", "runtime error:", "CRITICAL", "WARNING **"):
            assert sign not in errors, errors[-2000:]
        if not self.room.server.process:
            self.room.server.start()
        if n % 5 == 0:
            self.known[desk].update(x["payment_code"] for x in self.desks[desk].notices() if x["state"] == "unpaid")

    # ---- the end ----

    def settle(self):
        self.reap()
        for desk in self.desks:
            catch_up(desk)
        for desk, path in self.books:
            done = self.desks[desk].run("import", "issue", path).expect(0)
            assert done["issued"] + done["skipped"] == ROWS and done["refused"] == 0, done.json
        for desk in self.desks:
            catch_up(desk)
            desk.run("ebill", "swap", "--all-paid").expect(0)
            catch_up(desk)

    def check(self):
        figures = agree(self.room, self.desks, self.desks[0])
        # The paper is moved at one desk; the other one sees the same stock.
        state = self.room.server.state()
        for desk in self.desks[1:]:
            stock_agrees(state, desk)
        for number, desk in enumerate(self.desks):
            listed = desk.notices()
            for (n, d), said in self.singles.items():
                times = sum(x["payer"] == f"学生{n}" for x in listed) if d == number else 1
                assert times == 1 or (times == 0 and not said), f"notice {n} is there {times} times, said to be saved: {said}"
            for d, path in self.books:
                if d == number:
                    report = desk.run("import", "issue", path, "--offline").expect(0)
                    # What was voided in between counts: it must not come back.
                    rows = [x for x in listed if x["batch"] == report["batch"]]
                    assert len(rows) == ROWS, f"{path.name}: {len(rows)} notices for {ROWS} rows"
        state = {x["payment_code"]: x["state"] for x in state["notices"]}
        lost = [code for code in self.paid if state.get(code) != "paid"]
        assert not lost, f"paid, but the payment is lost: {lost[:5]}"
        tries = sum(row[0] for desk in self.desks for row in look(desk, "SELECT attempts FROM outbox"))
        figures["tries to send"] = tries
        return figures

    def run(self):
        n = 0
        start = time.monotonic()
        landed = 0
        while landed < self.kills:
            self.round(n)
            n += 1
            landed = sum(self.count[v] for v in ("desk", "server", "both"))
            assert n < 20 * self.kills + 100, f"the kills do not land: {self.count}"
        seconds = time.monotonic() - start
        print(f"# {landed} kills in {n} rounds and {seconds:.0f} s, {60 * landed / seconds:.0f} a minute: {self.count}", flush=True)
        self.settle()
        figures = self.check()
        print(f"# both sides agree: {figures}", flush=True)


def kill_everything():
    print(f"# seed {options.seed}: test-kill.py --kills {options.kills} --seed {options.seed}", flush=True)
    with Room() as room:
        room.ready()
        killer = Killer(room, options.kills, options.seed)
        try:
            killer.run()
        except BaseException:
            for line in killer.journal[-25:]:
                print(f"# {line}")
            raise


def two_engines_on_one_store():
    """Several programs deliver from one outbox at the same time: each message is carried out once and none is lost."""
    with Room() as room:
        room.ready()
        for n in range(12):
            room.new("--offline", payer=f"排队{n}").expect(0)
        room.server.ctl("fault", "delay:30:8994:6")
        engines = [room.desk.start("sync") for _ in range(4)]
        results = []
        for engine in engines:
            text, errors = engine.communicate(timeout=120)
            assert engine.returncode == 0, errors
            results.append(json.loads(text))
        assert sum(r["sent"] for r in results) == 12, results
        sent = [m["id"] for m in room.server.state()["messages"] if m["number"] == "8994"]
        assert len(sent) == len(set(sent)) == 12, "a message went out twice"
        agree(room, [room.desk])


def killed_with_the_lock():
    """The lock goes with the process that holds it: the next one delivers, with the same message."""
    with Room() as room:
        room.ready()
        room.new("--offline", payer="锁").expect(0)
        room.server.ctl("fault", "delay:60000:8994:1")
        holder = room.desk.start("sync")
        lock = room.desk.home / "sync.lock"
        deadline = time.monotonic() + 30
        while not any(m["number"] == "8994" for m in room.server.state()["messages"]):
            assert time.monotonic() < deadline and holder.poll() is None, "the first engine did not send"
        with open(lock, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                raise AssertionError("the engine that waits for an answer does not hold the lock")
            except BlockingIOError:
                pass
        waiting = room.desk.start("sync")
        holder.kill()
        holder.communicate()
        text, errors = waiting.communicate(timeout=50)
        assert waiting.returncode == 0, errors
        assert json.loads(text)["sent"] == 1
        agree(room, [room.desk])


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=int(os.environ.get("KAI_KILLS", "200")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("KAI_SEED", time.time_ns() % 1000000)))
    parser.add_argument("cases", nargs="*")
    found = parser.parse_args()
    sys.argv[1:] = found.cases
    return found


if __name__ == "__main__":
    options = parse()
    main([two_engines_on_one_store, killed_with_the_lock, kill_everything])
