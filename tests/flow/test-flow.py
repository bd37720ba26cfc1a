#!/usr/bin/env python3
"""The main job from outside: kaipiaoctl against the training server, with bad input, lost connections and kills."""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import zipfile
from pathlib import Path

from kaiflow import CLERK, CTL, Desk, Room, Skip, class_list, compare, main, run


def whole_day_with_each_algorithm():
    with Room() as room:
        room.ready()
        for algorithm in ("rsa", "p256", "sm2"):
            desk = room.second_desk(algorithm=algorithm)
            code = room.new(desk=desk).expect(0)["payment_code"]
            room.server.ctl("pay", code)
            assert desk.run("sync").expect(0)["received"] >= 1
            ebill = desk.run("ebill", "swap", code).expect(0)["ebills"][0]
            assert ebill["state"] == "accepted" and len(ebill["number"]) == 10 and ebill["url"].startswith("https://")
            path = room.dir / f"{algorithm}.xml"
            desk.run("ebill", "file", code, "-o", path).expect(0)
            checks = run([CTL, "ebill", "verify", path, "--ca", room.server.trust, "--home", room.dir / "none", "--json"]).expect(0)
            assert checks["ok"] and all(c["ok"] for c in checks["checks"]) and len(checks["checks"]) >= 5
            pdf = room.dir / f"{algorithm}.pdf"
            assert desk.run("print", code, "--pdf", pdf).expect(0)["pages"] == 1
            assert pdf.read_bytes().startswith(b"%PDF")


def notice_refusals_name_the_field():
    with Room() as room:
        room.ready()
        fixed, bounds = room.item("fixed"), room.item("range")
        good = {"--payer": "王小明", "--kind": "person", "--mobile": "13800000000", "--item": f"{fixed['code']}:1"}
        rows = [
            ({"--payer": ""}, "payer"),
            ({"--payer": "王" * 51}, "payer"),
            ({"--payer": "王\u0007明"}, "payer"),
            ({"--mobile": "1380000000"}, "mobile"),
            ({"--mobile": "abc"}, "mobile"),
            ({"--id": "320684200901011234"}, "id"),
            ({"--id": "32068420091301123X"}, "id"),
            ({"--kind": "organisation", "--id": "91320684MA1MXXXX00"}, "id"),
            ({"--kind": "organisation"}, "id"),
            ({"--item": "999999999999:1:1.00"}, "items"),
            ({"--item": f"{fixed['code']}:0"}, "items"),
            ({"--item": f"{fixed['code']}:1:0.01"}, "items"),
            ({"--item": f"{bounds['code']}:1:99999999.00"}, "items"),
            ({"--memo": "备" * 101}, "memo"),
            ({"--late-fee": "-1.00"}, "late_fee"),
        ]
        for change, field in rows:
            options = [part for pair in {**good, **change}.items() for part in (f"{pair[0]}={pair[1]}",)]
            result = room.desk.run("notice", "new", *options).expect(1)
            fields = [p["column"] for p in result["problems"]]
            assert any(f.startswith(field) for f in fields), f"{change}: {fields}"
            assert all(p["message"] and p["code"] for p in result["problems"])
            given = change.get("--id") or ""
            assert not given or given not in result.errors, "an identity number in a message"
        assert room.desk.notices() == []


def wrong_usage():
    with Room() as room:
        room.ready()
        for args in ([], ["nonsense"], ["notice"], ["notice", "frob"], ["notice", "new"], ["notice", "new", "--payer", "x"],
                     ["notice", "list", "--state", "lost"], ["notice", "list", "--from", "yesterday"], ["notice", "show"],
                     ["notice", "list", "--frob"], ["ebill", "swap"], ["import", "check"], ["import", "template", "-o", "x.xlsx"],
                     ["print"], ["report", "day", "-o", "x.doc"], ["stock", "receive"],
                     ["notice", "new", "--payer", "x", "--kind", "robot", "--mobile", "13800000000", "--item", "1:1"],
                     ["notice", "new", "--payer", "x", "--kind", "person", "--mobile", "13800000000", "--item", "1:one"]):
            assert room.desk.run(*args).expect(2).errors.strip(), f"{args}: no sentence"


def not_allowed():
    with Room() as room:
        room.ready()
        wrong = room.dir / "wrong.pin"
        wrong.write_text("not the pin\n")
        desk = Desk(room.server, room.desk.home, room.key, wrong)
        assert room.new(desk=desk).expect(4).errors.strip()
        desk = Desk(room.server, room.desk.home, room.dir / "missing.p12", room.pin_file)
        assert room.new(desk=desk).expect(4).errors.strip()
        desk = Desk(room.server, room.desk.home, room.key, room.dir / "missing.pin")
        assert room.new(desk=desk).expect(4).errors.strip()
        broken = room.dir / "broken.p12"
        broken.write_bytes(room.key.read_bytes()[:200])
        desk = Desk(room.server, room.desk.home, broken, room.pin_file)
        assert room.new(desk=desk).expect(4).errors.strip()
        desk = Desk(room.server, room.desk.home, room.key, room.pin_file, user="32068400102")
        assert room.new(desk=desk).expect(4).errors.strip()
        result = run([CTL, "sync", "--home", room.desk.home, "--key", f"file:{room.key}", "--json"], env={"KAIPIAO_PIN": ""})
        assert result.status == 4
        assert room.desk.notices() == [] and room.server.state()["notices"] == []


def pin_from_the_variable():
    with Room() as room:
        room.ready()
        pin = room.pin_file.read_text().strip()
        done = run([CTL, "sync", "--home", room.desk.home, "--json"], env={"KAIPIAO_PIN": pin}).expect(0)
        assert done["waiting"] == 0


def server_gone_and_back():
    with Room() as room:
        room.ready()
        room.server.stop(signal.SIGKILL)
        made = room.new().expect(3)
        assert len(made["payment_code"]) == 20 and made["state"] == "unpaid"
        assert made.errors.strip()
        assert room.desk.run("sync").expect(3)["waiting"] == 1
        room.server.start()
        assert room.desk.run("sync").expect(0)["waiting"] == 0
        compare(room.server, room.desk)
        assert room.desk.notices()[0]["sync"] == "accepted"


def offline_on_purpose():
    with Room() as room:
        room.ready()
        made = room.new("--offline").expect(0)
        assert len(made["payment_code"]) == 20 and made["sync"] == "signed"
        assert room.server.state()["notices"] == []
        room.desk.run("sync").expect(0)
        compare(room.server, room.desk)


def first_contact_fails():
    """No base data and no server: a sentence, nothing stored, and it works later."""
    with Room() as room:
        room.ready()
        fresh = Desk(room.server, room.dir / "fresh", room.key, room.pin_file)
        room.server.stop(signal.SIGKILL)
        assert room.new(desk=fresh).expect(3).errors.strip()
        assert room.new("--offline", desk=fresh).expect(1).errors.strip()
        room.server.start()
        room.new(desk=fresh).expect(0)


def answers_lost_on_the_way():
    """The server did it, the answer never came: the same message again, and nothing twice."""
    with Room() as room:
        room.ready()
        for fault in ("drop-answer:8994:1", "drop-request:8994:1", "cut:300:8994:1", "http-500:8994:1"):
            room.server.ctl("fault", fault)
            made = room.new(payer=fault.replace(":", " "))
            assert made.status in (1, 3), f"{fault}: {made.status}"
            room.desk.run("sync").expect(0)
            compare(room.server, room.desk)
        code = room.desk.notices()[0]["payment_code"]
        room.server.ctl("pay", code)
        room.server.ctl("fault", "drop-answer:8902:1")
        room.desk.run("sync")
        room.desk.run("sync").expect(0)
        for number in ("8999", "8981", "8982"):
            room.server.ctl("fault", f"drop-answer:{number}:1")
        for _ in range(5):
            done = room.desk.run("ebill", "list").expect(0)["ebills"]
            if not done:
                room.desk.run("ebill", "swap", code)
            room.desk.run("sync")
        ebills = room.desk.run("ebill", "list").expect(0)["ebills"]
        assert len(ebills) == 1 and ebills[0]["state"] == "accepted", ebills
        assert [e["number"] for e in room.server.state()["ebills"]] == [ebills[0]["number"]]


def server_not_trusted():
    with Room() as room, Room() as other:
        room.ready()
        desk = Desk(room.server, room.desk.home, room.key, room.pin_file)
        command = desk.command("notice", "new", "--payer", "王小明", "--kind", "person", "--mobile", "13800000000", "--item",
                               f"{room.item('fixed')['code']}:1")
        command[command.index(str(room.server.trust))] = str(other.server.trust)
        result = run(command).expect(3)
        assert len(result["payment_code"]) == 20 and result.errors.strip()
        assert room.server.state()["notices"] == []
        room.desk.run("sync").expect(0)
        compare(room.server, room.desk)


def key_of_another_authority():
    with Room() as room, Room() as other:
        room.ready()
        desk = Desk(room.server, room.dir / "stranger", other.key, other.pin_file)
        result = desk.run("base-data", "refresh")
        assert result.status in (1, 3, 4) and result.errors.strip()
        assert room.server.state()["notices"] == []


def clock_wrong():
    with Room() as room:
        room.ready()
        room.server.ctl("fault", "clock:7200")
        room.new().expect(0)
        # A day: still everything goes through, with one sentence about the clock and none about signatures.
        for seconds in (86400, -86400):
            room.server.ctl("fault", f"clock:{seconds}")
            result = room.desk.run("base-data", "refresh").expect(0)
            assert result.errors.count("clock") == 1 and "signature" not in result.errors, result.errors
            assert room.desk.run("sync").expect(0)["waiting"] == 0
        room.server.ctl("fault", "clear")
        room.desk.run("sync").expect(0)
        compare(room.server, room.desk)


# ---- the store ----

def home_cannot_be_used():
    with Room() as room:
        room.ready()
        for home in (room.dir / "desk/kaipiao.db/below", Path("/proc/kaipiao"), Path("/dev/null")):
            result = room.new(desk=Desk(room.server, home, room.key, room.pin_file))
            assert result.status == 6, f"{home}: {result.status} {result.errors}"
            assert result.errors.strip()


def store_damaged_or_newer():
    with Room() as room:
        room.ready()
        room.new().expect(0)
        store = room.desk.home / "kaipiao.db"
        copy = room.dir / "copy.db"
        shutil.copy(store, copy)
        for wal in room.desk.home.glob("kaipiao.db-*"):
            wal.unlink()
        store.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
        assert room.new().expect(6).errors.strip()
        store.write_bytes(os.urandom(10000))
        assert room.new().expect(6).errors.strip()
        store.write_bytes(b"")
        shutil.copy(copy, store)
        with sqlite3.connect(store) as db:
            db.execute("PRAGMA user_version = 999")
        db.close()
        assert room.new().expect(6).errors.strip()
        store.unlink()
        with sqlite3.connect(store) as db:
            db.execute("CREATE TABLE other (a)")
        db.close()
        assert room.new().expect(6).errors.strip()


def disk_full():
    with Room() as room:
        room.ready()
        small = room.dir / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(small)], capture_output=True).returncode != 0:
            raise Skip("no right to mount a small file system")
        try:
            shutil.copytree(room.desk.home, small / "desk")
            desk = Desk(room.server, small / "desk", room.key, room.pin_file)
            statuses = [room.new(payer=f"学生{i}", desk=desk) for i in range(3)]
            filler = small / "filler"
            try:
                with open(filler, "wb", buffering=0) as file:
                    while True:
                        file.write(b"x" * 4096)
            except OSError:
                pass
            full = room.new(payer="满", desk=desk)
            assert full.status == 6 and full.errors.strip(), f"{full.status} {full.errors}"
            filler.unlink()
            assert room.new(payer="又有空间", desk=desk).status == 0
            names = {n["payer"] for n in desk.notices()}
            assert "又有空间" in names and all(f"学生{i}" in names for i in range(3) if statuses[i].status == 0)
            desk.run("check").expect(0)
            desk.run("sync").expect(0)
            compare(room.server, desk)
        finally:
            subprocess.run(["umount", "-l", str(small)], check=False)


def output_cannot_be_written():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        for path in ("/proc/none.pdf", "/dev/full/x.pdf", str(room.dir / "missing/x.pdf")):
            result = room.desk.run("print", code, "--pdf", path)
            assert result.status != 0 and result.errors.strip(), path
        old = room.dir / "old.pdf"
        old.write_text("old")
        room.desk.run("print", "00000000000000000000", "--pdf", old).expect(1)
        assert old.read_text() == "old"


def backup_and_check():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        copy = room.dir / "backup.db"
        room.desk.run("backup", copy).expect(0)
        assert copy.stat().st_mode & 0o777 == 0o600
        assert room.desk.run("backup", copy).status != 0
        restored = Desk(room.server, room.dir / "restored", room.key, room.pin_file)
        restored.run("restore", copy).expect(0)
        assert [n["payment_code"] for n in restored.notices()] == [code]
        assert room.desk.run("check").expect(0)["ok"]
        assert room.desk.run("log", "--verify").expect(0)["lines"] >= 2


def site_files_that_cannot_be_read():
    with Room() as room:
        room.ready()
        for name, text in (("site-profile.ini", "[payment-code]\nbad=1\n"), ("site-profile.ini", "no key file"),
                           ("messages.tsv", "garbage\n")):
            path = room.desk.home / name
            path.write_text(text)
            assert name in room.desk.run("notice", "list").expect(5).errors
            path.unlink()
        room.desk.run("notice", "list").expect(0)


def roots_are_missing():
    with Room() as room:
        room.ready()
        command = Desk(room.server, room.dir / "fresh", room.key, room.pin_file).command("sync")
        at = command.index("--trust")
        assert "--trust" in run(command[:at] + command[at + 2:]).expect(3).errors


# ---- workbooks ----

def workbooks_that_cannot_be_read():
    with Room() as room:
        room.ready()
        good = class_list(room.dir / "good.xlsx", 5, f"{room.item('fixed')['code']}:{room.item('fixed')['min']}")
        data = good.read_bytes()
        bad = {"empty.xlsx": b"", "text.xlsx": "姓名,身份证号\n".encode(), "cut.xlsx": data[: len(data) // 2],
               "noise.xlsx": os.urandom(5000), "html.xlsx": b"<html><table></table></html>",
               "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096)}
        for name, content in bad.items():
            path = room.dir / name
            path.write_bytes(content)
            result = room.desk.run("import", "check", path)
            assert result.status == 5 and result.errors.strip(), f"{name}: {result.status} {result.errors}"
        bomb = room.dir / "bomb.xlsx"
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
            for entry in source.namelist():
                target.writestr(entry, source.read(entry) if "sheet1" not in entry else b" " * (300 * 1024 * 1024))
        assert room.desk.run("import", "check", bomb).status == 5
        assert room.desk.run("import", "check", room.dir / "missing.xlsx").status == 5
        assert room.desk.run("import", "check", room.dir).status == 5
        assert room.desk.notices() == []


def template_is_empty_and_readable():
    with Room() as room:
        room.ready()
        for kind in ("notices", "education"):
            path = room.dir / f"{kind}.xlsx"
            room.desk.run("import", "template", "--kind", kind, "-o", path).expect(0)
            report = room.desk.run("import", "check", path, "--kind", kind).expect(0)
            assert (report["rows"], report["good"], report["bad"]) == (0, 0, 0), report.json


def first_few_then_the_rest():
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        path = class_list(room.dir / "class.xlsx", 20, f"{item['code']}:{item['min']}")
        few = room.desk.run("import", "issue", path, "--first", 3).expect(0)
        assert (few["issued"], few["skipped"]) == (3, 0)
        rest = room.desk.run("import", "issue", path).expect(0)
        assert (rest["issued"], rest["skipped"], rest["batch"]) == (17, 3, few["batch"])
        compare(room.server, room.desk)


def voided_row_does_not_come_back():
    """Running an import again must not bring back what a person voided."""
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        path = class_list(room.dir / "class.xlsx", 3, f"{item['code']}:{item['min']}")
        room.desk.run("import", "issue", path).expect(0)
        code = room.desk.notices()[0]["payment_code"]
        room.desk.run("notice", "void", code, "--reason", "写错了").expect(0)
        again = room.desk.run("import", "issue", path).expect(0)
        assert (again["issued"], again["skipped"]) == (0, 3)
        compare(room.server, room.desk)


def refused_row_can_be_issued_again():
    """What the server refused is not skipped for ever: here the unit may not use the item for a while."""
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        path = class_list(room.dir / "class.xlsx", 3, f"{item['code']}:{item['min']}")
        server = sqlite3.connect(room.server.dir / "sandbox.db", timeout=10, isolation_level=None)
        taken = server.execute("SELECT * FROM unit_item WHERE item_code = ?", (item["code"],)).fetchall()
        server.execute("DELETE FROM unit_item WHERE item_code = ?", (item["code"],))
        refused = room.desk.run("import", "issue", path).expect(1)
        assert (refused["issued"], refused["refused"]) == (0, 3), refused.json
        server.executemany("INSERT INTO unit_item VALUES (%s)" % ", ".join("?" * len(taken[0])), taken)
        server.close()
        again = room.desk.run("import", "issue", path).expect(0)
        assert (again["issued"], again["skipped"]) == (3, 0), again.json
        codes = {n["payment_code"] for n in room.server.state()["notices"]}
        assert codes == {n["payment_code"] for n in room.desk.notices() if n["sync"] == "accepted"} and len(codes) == 3


# ---- several at once ----

def two_desks_of_one_unit():
    with Room() as room:
        room.ready()
        other = room.second_desk()
        threads = [threading.Thread(target=lambda d=d: [room.new(desk=d).expect(0) for _ in range(10)]) for d in (room.desk, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = [n["payment_code"] for n in room.desk.notices() + other.notices()]
        assert len(codes) == len(set(codes)) == 20
        assert {n["payment_code"] for n in room.server.state()["notices"]} == set(codes)


def two_commands_on_one_store():
    with Room() as room:
        room.ready()
        results = []
        threads = [threading.Thread(target=lambda: results.extend(room.new() for _ in range(6))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [r.status for r in results] == [0] * 24, [(r.status, r.errors[-200:]) for r in results if r.status]
        compare(room.server, room.desk)
        assert len(room.desk.notices()) == 24


def void_here_paid_there():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        room.server.ctl("pay", code)
        result = room.desk.run("notice", "void", code, "--reason", "写错了").expect(1)
        assert result["state"] == "paid"
        compare(room.server, room.desk)


# ---- kills ----

def killed_while_issuing():
    seed = int(os.environ.get("KAI_SEED", time.time_ns() % 1000000))
    rounds = int(os.environ.get("KAI_KILLS", "12"))
    chance = random.Random(seed)
    print(f"# seed {seed}, {rounds} kills")
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        path = class_list(room.dir / "class.xlsx", 120, f"{item['code']}:{item['min']}")
        killed = 0
        for n in range(rounds):
            victim = chance.choice(("desk", "server"))
            process = room.desk.start("import", "issue", path)
            try:
                process.wait(timeout=chance.uniform(0.01, 0.35))
            except subprocess.TimeoutExpired:
                if victim == "desk":
                    process.kill()
                    killed += 1
                else:
                    room.server.stop(signal.SIGKILL)
                    killed += 1
            process.communicate()
            if not room.server.process:
                room.server.start()
            if n % 3 == 2:
                path = class_list(room.dir / f"class-{n}.xlsx", 120, f"{item['code']}:{item['min']}", seed=n + 10)
        print(f"# {killed} killed in the middle")
        last = room.desk.run("import", "issue", path).expect(0)
        assert last["issued"] + last["skipped"] == 120
        room.desk.run("sync").expect(0)
        assert room.desk.run("sync").expect(0)["waiting"] == 0
        room.desk.run("check").expect(0)
        compare(room.server, room.desk)


def killed_while_swapping():
    seed = int(os.environ.get("KAI_SEED", time.time_ns() % 1000000))
    rounds = int(os.environ.get("KAI_KILLS", "12"))
    chance = random.Random(seed)
    print(f"# seed {seed}, {rounds} kills")
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        path = class_list(room.dir / "class.xlsx", 60, f"{item['code']}:{item['min']}")
        room.desk.run("import", "issue", path).expect(0)
        codes = [n["payment_code"] for n in room.desk.notices()]
        room.server.ctl("pay", *codes)
        for _ in range(rounds):
            process = room.desk.start("ebill", "swap", "--all-paid")
            try:
                process.wait(timeout=chance.uniform(0.01, 0.6))
            except subprocess.TimeoutExpired:
                if chance.random() < 0.5:
                    process.kill()
                else:
                    room.server.stop(signal.SIGKILL)
            process.communicate()
            if not room.server.process:
                room.server.start()
        room.desk.run("sync").expect(0)
        room.desk.run("ebill", "swap", "--all-paid").expect(0)
        ebills = room.desk.run("ebill", "list").expect(0)["ebills"]
        here = {(e["payment_code"], e["number"]) for e in ebills if e["state"] == "accepted"}
        there = {(e["payment_code"], e["number"]) for e in room.server.state()["ebills"]}
        assert len(here) == len(ebills) == 60 and here == there, f"{len(here)} here, {len(there)} there"
        folder = room.dir / "files"
        room.desk.run("ebill", "file", "--all", "-o", folder).expect(0)
        files = list(folder.glob("*.xml"))
        assert len(files) == 60
        run([CTL, "ebill", "verify", *files, "--ca", room.server.trust, "--json"]).expect(0)
        room.desk.run("check").expect(0)


if __name__ == "__main__":
    main([whole_day_with_each_algorithm, notice_refusals_name_the_field, wrong_usage, not_allowed, pin_from_the_variable,
          server_gone_and_back, offline_on_purpose, first_contact_fails, answers_lost_on_the_way, server_not_trusted,
          key_of_another_authority, clock_wrong, home_cannot_be_used, store_damaged_or_newer, disk_full, output_cannot_be_written,
          backup_and_check, site_files_that_cannot_be_read, roots_are_missing, workbooks_that_cannot_be_read, template_is_empty_and_readable, first_few_then_the_rest,
          voided_row_does_not_come_back, refused_row_can_be_issued_again, two_desks_of_one_unit, two_commands_on_one_store, void_here_paid_there,
          killed_while_issuing, killed_while_swapping])
