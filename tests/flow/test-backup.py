#!/usr/bin/env python3
"""Backup and restore from outside: no number is used twice, and in the end both sides hold the same, whatever was lost in between."""
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from kaiagree import agree, catch_up, look
from kaiflow import CTL, Desk, Room, Skip, chain, class_list, main, run

PROFILE = "[leases]\nsize=12\nlow-water=4\n"


def ready(room, *desks):
    for desk in desks or [room.desk]:
        desk.home.mkdir(exist_ok=True)
        (desk.home / "site-profile.ini").write_text(PROFILE)
    room.ready()
    for desk in desks:
        desk.run("base-data", "refresh").expect(0)


def issue(room, n, name, desk=None):
    return [room.new(payer=f"{name}{i}", desk=desk).expect(0)["payment_code"] for i in range(n)]


def destroy(desk):
    for path in desk.home.glob("kaipiao.db*"):
        path.unlink()


def codes_at_server(room):
    codes = [n["payment_code"] for n in room.server.state()["notices"]]
    assert len(codes) == len(set(codes)), "a payment code twice at the server"
    return set(codes)


def settle(room, desks):
    for desk in desks:
        catch_up(desk)
        done = desk.run("ebill", "swap", "--all-paid")
        assert done.status in (0, 1), done.errors
        catch_up(desk)


def backup_is_told():
    with Room() as room:
        ready(room)
        codes = issue(room, 3, "学生")
        room.server.ctl("pay", codes[0])
        room.desk.run("ebill", "swap", codes[0]).expect(0)
        file = room.dir / "a.kaibak"
        done = room.desk.run("backup", file).expect(0)
        assert (done["notices"], done["ebills"], done["user"]) == (3, 1, room.desk.user) and done["ok"]
        assert done["log_lines"] > 5 and len(done["chain"]) == 64
        assert file.stat().st_mode & 0o777 == 0o600
        assert b"SQLite" not in file.read_bytes()
        assert room.desk.run("backup", file).status != 0, "written over another file"
        # In the log, and signed.
        assert any(x["action"] == "store.backup" for x in room.desk.run("log", "--offline").expect(0)["lines"])
        verified = room.desk.run("log", "--verify", "--offline").expect(0)
        assert verified["signatures"] >= 1 and verified["trusted"]


def destroyed_and_restored():
    """Issue, back up, issue more, pay, swap and void, lose the store, restore, issue again."""
    with Room() as room:
        ready(room)
        first = issue(room, 5, "先")
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file).expect(0)
        later = issue(room, 25, "后")  # over several leases
        room.server.ctl("pay", first[0], first[1], later[0], later[1], later[20])
        room.desk.run("notice", "void", first[2], "--reason", "写错了").expect(0)
        room.desk.run("notice", "void", later[2], "--reason", "写错了").expect(0)
        room.desk.run("ebill", "swap", "--all-paid").expect(0)
        before = codes_at_server(room)
        destroy(room.desk)
        restored = room.desk.run("restore", file).expect(0)
        assert (restored["notices"], restored["user"], restored["kept"]) == (5, room.desk.user, "")
        again = issue(room, 15, "再")
        assert not set(again) & before, "a payment code was given out again"
        settle(room, [room.desk])
        assert codes_at_server(room) == before | set(again)
        agree(room, [room.desk])
        listed = {n["payment_code"]: n for n in room.desk.notices("--limit", 1000)}
        assert listed[later[5]]["payer"] == "后5" and listed[later[2]]["state"] == "void" and listed[first[2]]["state"] == "void"
        assert listed[later[20]]["ebill_number"], "an e-bill was not taken in"
        # Once only.
        assert look(room.desk, "SELECT count(*) FROM store_restore WHERE done_at = 0") == [(0,)]


def restored_twice():
    """The same old backup once more: what the desk in between has issued must come back, too."""
    with Room() as room:
        ready(room)
        first = issue(room, 2, "先")
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file).expect(0)
        destroy(room.desk)
        room.desk.run("restore", file).expect(0)
        between = issue(room, 3, "间")
        destroy(room.desk)
        room.desk.run("restore", file).expect(0)
        last = issue(room, 2, "后")
        settle(room, [room.desk])
        assert {n["payment_code"] for n in room.desk.notices()} == set(first + between + last) == codes_at_server(room)
        agree(room, [room.desk])


def list_imported_again():
    """The server tells nothing of the payers but names: a list that was issued after the backup is held back, not issued again."""
    with Room() as room:
        ready(room)
        issue(room, 1, "先")
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file).expect(0)
        item = room.item("fixed")
        book = class_list(room.dir / "list.xlsx", 6, f"{item['code']}:{item['min']}")
        assert room.desk.run("import", "issue", book).expect(0)["issued"] == 6
        destroy(room.desk)
        room.desk.run("restore", file).expect(0)
        catch_up(room.desk)
        before = codes_at_server(room)
        again = room.desk.run("import", "issue", book).expect(1)
        assert again["issued"] == 0 and again["bad"] == 6, again.json
        assert codes_at_server(room) == before


def two_desks():
    """One of two desks is restored, with numbers that were taken while there was no connection."""
    with Room() as room:
        other = room.second_desk()
        ready(room, room.desk, other)
        issue(room, 3, "甲")
        issue(room, 3, "乙", other)
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file).expect(0)
        issue(room, 14, "甲后")
        lost = [room.desk.run("notice", "new", "--payer", f"丢{i}", "--kind", "person", "--mobile", "13800000000", "--item",
                              f"{room.item('fixed')['code']}:1", "--offline").json["payment_code"] for i in range(3)]
        others = issue(room, 9, "乙后", other)
        room.server.ctl("pay", others[0])
        destroy(room.desk)
        room.desk.run("restore", file).expect(0)
        again = issue(room, 20, "甲再")
        assert not set(again) & set(lost), "a number that stands on paper was given out again"
        assert not set(again) & set(others)
        issue(room, 5, "乙再", other)
        settle(room, [room.desk, other])
        agree(room, [room.desk, other])
        assert not set(lost) & codes_at_server(room)


def messages_that_wait():
    """What the backup held undelivered, and the lost store delivered: the same message, the same answer, nothing twice."""
    with Room() as room:
        ready(room)
        item = f"{room.item('fixed')['code']}:1"
        waiting = [room.desk.run("notice", "new", "--payer", f"等{i}", "--kind", "person", "--mobile", "13800000000", "--item", item,
                                 "--offline").json["payment_code"] for i in range(4)]
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file, "--offline").expect(0)
        room.desk.run("sync").expect(0)
        assert set(waiting) <= codes_at_server(room)
        room.server.ctl("pay", waiting[0])
        room.desk.run("sync").expect(0)
        room.desk.run("restore", file, "--replace").expect(0)
        settle(room, [room.desk])
        agree(room, [room.desk])


def copy_put_back():
    """The plain file of yesterday is copied over today's by hand; and a second computer works with a copy."""
    with Room() as room:
        ready(room)
        issue(room, 3, "先")
        kept = room.dir / "kept.db"
        with sqlite3.connect(f"file:{room.desk.home}/kaipiao.db?mode=rw", uri=True) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(room.desk.home / "kaipiao.db", kept)
        later = issue(room, 6, "后")
        for path in room.desk.home.glob("kaipiao.db-*"):
            path.unlink()
        (room.desk.home / "kaipiao.db").write_bytes(kept.read_bytes())
        done = room.new(payer="再").expect(0)
        assert "copy" in done.errors, done.errors
        assert done["payment_code"] not in later
        settle(room, [room.desk])
        agree(room, [room.desk])
        # The whole home of before over that of now, word and all, as a backup by hand is put back.
        if subprocess.run(["stat", "-c", "%W", room.desk.home], capture_output=True, text=True).stdout.strip() not in ("", "0"):
            by_hand = room.dir / "by-hand"
            subprocess.run(["cp", "-a", room.desk.home, by_hand], check=True)
            later = issue(room, 3, "又")
            subprocess.run(["cp", "-a", f"{by_hand}/.", room.desk.home], check=True)
            done = room.new("--offline", payer="再二")
            assert "copy" in done.errors and done["payment_code"] not in later, (done.text, done.errors)
            settle(room, [room.desk])
            agree(room, [room.desk])
        # Both go on: the copy is another desk.
        second = Desk(room.server, room.dir / "second", room.key, room.pin_file)
        shutil.copytree(room.desk.home, second.home)
        codes = issue(room, 4, "原") + issue(room, 4, "本", second) + issue(room, 4, "原二")
        assert len(set(codes)) == 12
        codes_at_server(room)
        assert look(second, "SELECT count(*) FROM store_restore WHERE cause = 'copy'")[0][0] >= 1


def on_another_computer():
    """An empty home, another user's key, and files of the site."""
    with Room() as room:
        ready(room)
        issue(room, 3, "先")
        other_key, pin = room.server.issue_key("32068400102", room.dir, "p256")
        room.desk.run("sync").expect(0)
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file).expect(0)
        home = room.dir / "elsewhere"
        new = Desk(room.server, home, room.key, room.pin_file)
        new.run("restore", file).expect(0)
        assert (home / "site-profile.ini").read_text() == PROFILE
        assert not list(home.glob("**/*.p12")) and not list(home.glob("**/*.pin"))
        assert len(new.notices()) == 3
        # A key that was never let in, a wrong PIN, no key.
        stranger, stranger_pin = room.server.issue_key("32068400201", room.dir, "rsa")
        wrong = room.dir / "wrong.pin"
        wrong.write_text("no\n")
        empty = room.dir / "empty"
        for key, pin_file in ((stranger, stranger_pin), (room.key, wrong)):
            done = run([CTL, "restore", file, "--home", empty, "--key", f"file:{key}", "--pin-file", pin_file, "--json"])
            assert done.status == 4 and done["message"], (done.status, done.text)
        assert run([CTL, "restore", file, "--home", empty, "--json"]).status == 4
        assert not (empty / "kaipiao.db").exists()


def broken_files():
    with Room() as room:
        ready(room)
        issue(room, 2, "先")
        file = room.dir / "a.kaibak"
        room.desk.run("backup", file).expect(0)
        whole = file.read_bytes()
        empty = Desk(room.server, room.dir / "empty", room.key, room.pin_file)
        newer = bytearray(whole)
        newer[11] += 1
        cases = {"cut": whole[:-1], "half": whole[:len(whole) // 2], "head": whole[:20], "nothing": b"", "other": b"SQLite format 3\0" * 100,
                 "changed": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "longer": whole + b"x", "newer": bytes(newer)}
        for name, content in cases.items():
            bad = room.dir / f"{name}.kaibak"
            bad.write_bytes(content)
            done = empty.run("restore", bad)
            assert done.status == 5 and str(bad) in done["message"], (name, done.status, done.text)
            assert not (empty.home / "kaipiao.db").exists(), name
        # Over a store: only when asked for, and never while somebody works with it.
        assert room.desk.run("restore", file).status == 1
        assert len(room.desk.notices()) == 2


def full_disk():
    """The backup finds no room, in its place or in the home: nothing half is left, and the store goes on."""
    with Room() as room:
        ready(room)
        issue(room, 2, "先")
        small = room.dir / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True).returncode != 0:
            raise Skip("no right to mount a small file system")
        try:
            done = room.desk.run("backup", small / "a.kaibak")
            assert done.status == 6 and "disk is full" in done["message"], done.text
            assert list(small.iterdir()) == []
            file = room.dir / "a.kaibak"
            room.desk.run("backup", file).expect(0)
            small_desk = Desk(room.server, small / "home", room.key, room.pin_file)
            done = small_desk.run("restore", file)
            assert done.status == 6, done.text
            assert not (small / "home/kaipiao.db").exists() and not list((small / "home").glob(".restore-*"))
        finally:
            subprocess.run(["umount", "-l", small], check=False)
        room.new(payer="后").expect(0)
        assert room.desk.run("check", "--offline").expect(0)["ok"]
        assert not list(room.desk.home.glob(".backup-*"))


def limited(room, bytes_, *args):
    command = ["prlimit", f"--fsize={bytes_}", *map(str, room.desk.command(*args))]
    return run(command)


def no_room_for_changes():
    """Every command that writes, with a limit that the next page does not fit under: a sentence, and nothing half."""
    with Room() as room:
        ready(room)
        codes = issue(room, 3, "先")
        item = f"{room.item('fixed')['code']}:1"
        size = (room.desk.home / "kaipiao.db").stat().st_size
        before = room.desk.notices()
        for args in (["notice", "new", "--payer", "满", "--kind", "person", "--mobile", "13800000000", "--item", item, "--offline"],
                     ["notice", "void", codes[0], "--reason", "满", "--offline"], ["sync"], ["base-data", "refresh"],
                     ["backup", room.dir / "full.kaibak"]):
            done = limited(room, 4096, *args)
            assert done.status in (3, 6) and done.errors.strip(), (args, done.status, done.text, done.errors)
            assert not (room.dir / "full.kaibak").exists()
        assert room.desk.run("check", "--offline").expect(0)["ok"]
        after = room.desk.notices()
        assert after == before, "a change was half saved"
        assert (room.desk.home / "kaipiao.db").stat().st_size >= size
        room.new(payer="后").expect(0)
        settle(room, [room.desk])
        agree(room, [room.desk])


def killed_while_backing_up():
    with Room() as room:
        ready(room)
        issue(room, 3, "先")
        start = time.monotonic()
        room.desk.run("backup", room.dir / "whole.kaibak").expect(0)
        took = time.monotonic() - start
        for i in range(12):
            file = room.dir / f"{i}.kaibak"
            process = room.desk.start("backup", file)
            try:
                process.wait(timeout=took * (i + 1) / 12)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
            process.communicate()
            if file.exists():  # then it is whole
                Desk(room.server, room.dir / f"home-{i}", room.key, room.pin_file).run("restore", file).expect(0)
        room.desk.run("backup", room.dir / "last.kaibak").expect(0)
        left = [p.name for p in room.desk.home.iterdir() if p.name.startswith(".backup-")]
        assert not left, f"left behind: {left}"
        assert room.desk.run("check", "--offline").expect(0)["ok"]


def damaged_and_repaired():
    """A damaged index is repaired; lost rows are not, and nothing is changed then."""
    with Room() as room:
        ready(room)
        issue(room, 30, "先")
        path = room.desk.home / "kaipiao.db"
        db = sqlite3.connect(path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page_size = db.execute("PRAGMA page_size").fetchone()[0]
        roots = dict(db.execute("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0").fetchall())
        db.close()
        whole = path.read_bytes()

        def damage(name):
            start = (roots[name] - 1) * page_size
            path.write_bytes(whole[:start] + b"\xa5" * page_size + whole[start + page_size:])
            for extra in room.desk.home.glob("kaipiao.db-*"):
                extra.unlink()

        damage("notice_by_date")
        assert room.desk.run("notice", "list", "--offline").status == 6
        done = room.desk.run("check", "--repair", "--offline").expect(0)
        assert done["repaired"] and done["ok"] and (room.desk.home / done["kept"]).exists()
        assert len(room.desk.notices("--limit", 100)) == 30
        assert not room.desk.run("check", "--repair", "--offline").expect(0)["repaired"]
        settle(room, [room.desk])
        agree(room, [room.desk])
        for name in ("notice", "notice_item", "audit_log", "outbox"):
            damage(name)
            spoilt = path.read_bytes()
            done = room.desk.run("check", "--repair", "--offline")
            assert done.status == 6 and "restore" in done["message"], (name, done.text)
            assert path.read_bytes() == spoilt, f"{name}: something was changed"


def rubbish_beside_the_store():
    """A -wal or -shm file full of rubbish takes nothing away."""
    with Room() as room:
        ready(room)
        issue(room, 3, "先")
        db = sqlite3.connect(room.desk.home / "kaipiao.db")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        for ending in ("-wal", "-shm"):
            (room.desk.home / f"kaipiao.db{ending}").write_bytes(os.urandom(40000))
            assert room.desk.run("check", "--repair", "--offline").expect(0)["ok"], ending
            assert len(room.desk.notices()) == 3


def forged_log():
    """The chain made anew by somebody who knows how: the signed heads tell. And the other ways."""
    import hashlib

    def change(db):
        db.execute("UPDATE audit_log SET user = '32068400102' WHERE id = 4")

    def forge(db):
        change(db)
        chain(db, 4)

    def cut(db):
        last = db.execute("SELECT max(line) FROM audit_head").fetchone()[0] - 1
        db.execute("DELETE FROM audit_log WHERE id > ?", (last,))
        db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit_log'", (last,))

    def insert(db):
        db.execute("UPDATE audit_log SET id = id + 100000 WHERE id > 4")
        db.execute("INSERT INTO audit_log SELECT 5, at, user, action, 'notice:0', outcome, hash FROM audit_log WHERE id = 4")
        db.execute("UPDATE audit_log SET id = id - 100000 + 1 WHERE id > 100000")
        db.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'audit_log'")
        chain(db, 5)

    def forge_with_head(db):
        forge(db)
        db.execute("UPDATE audit_head SET hash = (SELECT hash FROM audit_log WHERE id = line)")

    def drop_head(db):
        db.execute("DELETE FROM audit_head WHERE id = (SELECT max(id) FROM audit_head)")

    def drop_certificate(db):
        db.execute("DELETE FROM audit_certificate")

    def wrong_signature(db):
        db.execute("UPDATE audit_head SET signature = zeroblob(length(signature)) WHERE id = 1")

    with Room() as room:
        ready(room)
        issue(room, 4, "先")
        room.desk.run("backup", room.dir / "a.kaibak").expect(0)
        issue(room, 1, "后")
        path = room.desk.home / "kaipiao.db"
        trust = room.server.trust
        verified = run([CTL, "log", "--verify", "--home", room.desk.home, "--trust", trust, "--json"]).expect(0)
        assert verified["ok"] and verified["signatures"] >= 1 and verified["signed_lines"] > 4
        db = sqlite3.connect(path)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        whole = path.read_bytes()
        try:
            hashlib.new("sm3")
        except ValueError as why:
            raise Skip("this Python has no SM3") from why
        expected = {change: 4, forge: 1, insert: 1, forge_with_head: 1, drop_head: None, drop_certificate: None, wrong_signature: None, cut: None}
        for forgery, line in expected.items():
            home = room.dir / f"forged-{forgery.__name__}"
            home.mkdir()
            (home / "kaipiao.db").write_bytes(whole)
            db = sqlite3.connect(home / "kaipiao.db")
            forgery(db)
            db.commit()
            db.close()
            done = run([CTL, "log", "--verify", "--home", home, "--trust", trust, "--json"])
            assert done.status == 6 and not done["ok"] and done["message"], (forgery.__name__, done.text)
            assert done["bad_line"] >= 1, done.text
            if line:
                assert done["bad_line"] <= 5, (forgery.__name__, done.text)


if __name__ == "__main__":
    main([backup_is_told, destroyed_and_restored, restored_twice, list_imported_again, two_desks, messages_that_wait, copy_put_back, on_another_computer, broken_files,
          full_disk, no_room_for_changes, killed_while_backing_up, damaged_and_repaired, rubbish_beside_the_store, forged_log])
