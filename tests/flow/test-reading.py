#!/usr/bin/env python3
"""A store on a full disk, on one that is mounted read-only, in somebody else's directory, with and without its log: whatever only reads works and says why nothing can
be changed; whatever changes something fails with that sentence and changes nothing; afterwards the work goes on."""
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from kaiflow import Desk, Room, Skip, main

NOBODY = "65534"
FULL, PROTECTED = "the disk is full", "cannot be written to"


@contextmanager
def small_disk(room):
    folder = room.dir / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder], capture_output=True).returncode != 0:
        raise Skip("no right to mount a small file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def fill(folder):
    handle = os.open(folder / "fill", os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(handle, b"x" * 4096)
    except OSError:
        pass
    finally:
        os.close(handle)


def prepare(room):
    """A desk with three notices, one of them paid and swapped."""
    room.ready()
    codes = [room.new(payer=f"学生{n}").expect(0)["payment_code"] for n in range(3)]
    room.server.ctl("pay", codes[0])
    room.desk.run("sync").expect(0)
    room.desk.run("ebill", "swap", codes[0]).expect(0)
    return codes


def moved(room, home):
    """The same desk with its store elsewhere: a copy, which has asked what happened and goes on."""
    shutil.copytree(room.desk.home, home)
    desk = Desk(room.server, home, room.key, room.pin_file)
    desk.run("sync").expect(0)
    return desk


def files_of(home):
    """What they hold; a log without anything in it, and its index, count as none."""
    return {p.name: p.read_bytes() for p in sorted(Path(home).iterdir()) if p.is_file() and not p.name.endswith((".lock", "-shm")) and p.stat().st_size}


def check_reading(room, desk, codes, why, run=None):
    run = run or desk.run
    out = room.dir / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(mode=0o777)
    out.chmod(0o777)
    before = files_of(desk.home)
    item = f"{room.item('fixed')['code']}:1"
    reading = [["notice", "list"], ["notice", "list", "--offline"], ["notice", "show", codes[1]], ["find", "学生1"], ["stock", "list"], ["log"], ["log", "--verify"],
               ["check", "--offline"], ["queue", "list"], ["base-data", "show"], ["report", "day"], ["ebill", "list"], ["print", codes[0], "--pdf", out / "a.pdf"],
               ["ebill", "file", codes[0], "-o", out / "a.xml"], ["report", "unpaid", "-o", out / "a.xlsx"], ["report", "items", "-o", out / "a.csv"]]
    for args in reading:
        done = run(*args).expect(0)
        assert done["read_only"] is True and why in done.errors, (args, done.text, done.errors)
        if args[:2] == ["notice", "list"]:
            assert {n["payment_code"] for n in done["notices"]} == set(codes) and done["notices"][0]["payer"].startswith("学生")
        if args[0] == "find":
            assert len(done["hits"]) == 1
    assert {p.name for p in out.iterdir()} == {"a.pdf", "a.xml", "a.xlsx", "a.csv"}
    issue = ["notice", "new", "--payer", "满", "--kind", "person", "--mobile", "13800000000", "--item", item]
    changing = [issue, [*issue, "--offline"], ["notice", "void", codes[1], "--reason", "满"], ["sync"],
                ["base-data", "refresh"], ["backup", out / "a.kaibak"], ["notice", "show", codes[1], "--full"],
                ["stock", "receive", "--type", "1101", "--first", "1", "--last", "2"]]
    for args in changing:
        done = run(*args)
        assert done.status == 6 and why in done["message"], (args, done.status, done.text, done.errors)
    assert not (out / "a.kaibak").exists()
    after = files_of(desk.home)
    assert after == before, f"something was written: {[n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]}"
    assert {n["payment_code"] for n in room.server.state()["notices"]} == set(codes), "something was sent"


def go_on(room, desk):
    done = room.new(payer="后", desk=desk).expect(0)
    assert "read_only" not in done.json and not done.errors.count("can only be read")
    assert desk.run("check").expect(0)["ok"]


def full_disk():
    with Room() as room:
        codes = prepare(room)
        with small_disk(room) as folder:
            desk = moved(room, folder / "desk")
            fill(folder)
            check_reading(room, desk, codes, FULL)
            (folder / "fill").unlink()
            go_on(room, desk)


def full_while_somebody_works():
    """The log and its index are there already: reading needs no room, and a change that finds none is undone."""
    with Room() as room:
        codes = prepare(room)
        with small_disk(room) as folder:
            desk = moved(room, folder / "desk")
            db = sqlite3.connect(desk.home / "kaipiao.db")
            db.execute("SELECT count(*) FROM notice").fetchall()
            fill(folder)
            assert {n["payment_code"] for n in desk.notices()} == set(codes)
            desk.run("find", "学生1").expect(0)
            done = room.new(payer="满", desk=desk)
            assert done.status == 6 and FULL in done["message"], done.text
            (folder / "fill").unlink()
            db.close()
            assert {n["payment_code"] for n in desk.notices()} == set(codes)
            go_on(room, desk)


def mounted_read_only():
    with Room() as room:
        codes = prepare(room)
        with small_disk(room) as folder:
            desk = moved(room, folder / "desk")
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
            check_reading(room, desk, codes, PROTECTED)
            subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
            go_on(room, desk)


def read_only_with_its_log():
    """What was saved last is in the log only, because the computer was switched off: it is read all the same."""
    with Room() as room:
        codes = prepare(room)
        with small_disk(room) as folder:
            desk = moved(room, folder / "desk")
            room.server.ctl("fault", "delay:60000:8994:1")
            process = desk.start("notice", "new", "--payer", "学生9", "--kind", "person", "--mobile", "13800000000", "--item", f"{room.item('fixed')['code']}:1")
            deadline = time.monotonic() + 60
            while not any(m["number"] == "8994" and m["result"] == "" for m in room.server.state()["messages"]):
                assert time.monotonic() < deadline and process.poll() is None, "the notice was not sent"
                if (desk.home / "kaipiao.db-wal").exists() and len(desk.notices()) == 4:
                    break
            process.send_signal(signal.SIGKILL)
            process.communicate()
            assert (desk.home / "kaipiao.db-wal").stat().st_size > 0
            (desk.home / "kaipiao.db-shm").unlink(missing_ok=True)
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
            listed = desk.notices()
            assert {n["payer"] for n in listed} >= {"学生9"} and len(listed) == 4, listed
            subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
            assert len(desk.notices()) == 4
        assert len(codes) == 3


def somebody_elses():
    """Without the right to write, in the directory or in the file."""
    with Room() as room:
        codes = prepare(room)
        room.dir.chmod(0o755)
        prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
        for path in (room.server.dir, room.server.trust, room.key, room.pin_file):
            path.chmod(0o755 if path.is_dir() else 0o644)
        home = room.desk.home
        for path in home.iterdir():
            path.chmod(0o755 if path.is_dir() else 0o444)
        home.chmod(0o555)

        def run(*args):
            from kaiflow import run as run_command
            return run_command(prefix + room.desk.command(*args))
        try:
            done = run("notice", "list", "--offline")
            if prefix and done.status not in (0, 6):
                raise Skip("no right to become somebody else")
            check_reading(room, room.desk, codes, PROTECTED, run)
        finally:
            home.chmod(0o755)
            for path in home.iterdir():
                path.chmod(0o755 if path.is_dir() else 0o644)
        go_on(room, room.desk)


if __name__ == "__main__":
    main([full_disk, full_while_somebody_works, mounted_read_only, read_only_with_its_log, somebody_elses])
