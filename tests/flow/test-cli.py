#!/usr/bin/env python3
"""The contract of the command line from outside: options, locales, files, exit statuses, keys that are always there."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from kaiflow import CLERK, CTL, SANDBOX, Desk, Room, Skip, class_list, compare, main, run


def names_in_every_locale():
    """A name is the same in arguments, documents and files, whatever the locale."""
    with Room() as room:
        room.ready()
        name = "王𠮷㛃龘"
        for locale in ("C", "POSIX", "xx_YY.UTF-8", "C.UTF-8"):
            env = {"LC_ALL": locale}
            made = room.new(payer=name, env=env).expect(0)
            assert made["payer"] == name, f"{locale}: {made['payer']}"
            assert name in made.errors
            pdf = room.dir / f"票 据 {locale}.pdf"
            assert room.desk.run("print", made["payment_code"], "--pdf", pdf, env=env).expect(0)["pdf"] == str(pdf)
            assert pdf.exists()
            assert room.desk.run("find", name, env=env).expect(0)["hits"]
            state = subprocess.run([SANDBOX, "ctl", "--dir", room.server.dir, "state"], env={**os.environ, **env}, capture_output=True)
            assert name in state.stdout.decode()


def options_that_cannot_be():
    with Room() as room:
        room.ready()
        for args in (["notice", "list", "extra"], ["sync", "now"], ["report", "day", "2026-01-01"], ["find", ""], ["import", "issue"],
                     ["import", "issue", room.key, "--first", 0], ["import", "check", room.key, "--sheet", -1], ["notice", "list", "--frob"], []):
            result = room.desk.run(*args).expect(2)
            assert result["error"] == "usage" and result["message"] and result.errors.strip(), args
        for option in ("--home", "--trace", "--trust", "--key", "--user", "--server"):
            assert run([CTL, "notice", "list", option, "", "--json"]).expect(2)["message"], option
        for server in ("http://127.0.0.1:1/", "nonsense"):
            result = run([CTL, "notice", "list", "--home", room.desk.home, "--server", server, "--json"])
            assert result.status == 2 and result["error"] == "usage", server
        assert room.server.url in (room.desk.home / "connection.ini").read_text(), "a wrong address was remembered"


def pins():
    with Room() as room:
        room.ready()
        pin = room.pin_file.read_bytes().strip()
        for content, status in ((pin, 0), (pin + b"\r\n", 0), (b"\xef\xbb\xbf" + pin + b"\n", 0), (pin + b"\nmore\n", 0), (b"", 4), (b"\n", 4), (pin + b" \n", 4)):
            path = room.dir / "pin"
            path.write_bytes(content)
            assert room.new(desk=Desk(room.server, room.desk.home, room.key, path)).status == status, content
        # The key is remembered, its PIN is not: what only reads needs none, what sends says what is missing.
        home = ["--home", room.desk.home, "--json"]
        run([CTL, "notice", "list", *home], env={"KAIPIAO_PIN": ""}).expect(0)
        assert "KAIPIAO_PIN" in run([CTL, "sync", *home], env={"KAIPIAO_PIN": ""}).expect(4).errors


def pin_of_an_editor():
    """A byte order mark is no part of the PIN, neither where the key is made nor where it is opened."""
    with Room() as room:
        marked = room.dir / "marked.pin"
        marked.write_bytes(b"\xef\xbb\xbfGeheim-2026\r\n")
        key = room.dir / "marked.p12"
        room.server.ctl("issue-key", CLERK, "-o", key, "--pin-file", marked)
        for pin_file in (marked, room.pin_file):
            Desk(room.server, room.desk.home, key, pin_file).run("base-data", "refresh").expect(0)


def reading_needs_no_key():
    """Base data is here: a workbook is checked, and notices are listed, without key and without server."""
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        path = class_list(room.dir / "class.xlsx", 3, f"{item['code']}:{item['min']}")
        room.server.stop()
        for args in (["import", "check", path], ["notice", "list"], ["stock", "list"], ["base-data", "show"], ["report", "day"], ["check"]):
            run([CTL, *args, "--home", room.desk.home, "--json"], env={"KAIPIAO_PIN": ""}).expect(0)


def bytes_that_are_no_text():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        pdf = bytes(room.dir) + b"/\xff\xd5.pdf"
        done = subprocess.run([*room.desk.command("print", code, "--offline"), b"--pdf", pdf], capture_output=True)
        assert done.returncode == 0 and os.path.exists(pdf), done.stderr
        assert json.loads(done.stdout.decode())["pages"] == 1
        done = subprocess.run([*room.desk.command("notice", "list", "--offline"), b"--text", b"\xff\xd5"], capture_output=True)
        assert done.returncode == 2 and json.loads(done.stdout.decode())["error"] == "usage" and b"UTF-8" in done.stderr


def certificate_shown():
    with Room() as room, Room() as other:
        shown = room.desk.run("certificate", "show").expect(0)
        assert shown["user"] == CLERK and shown["unit"] == CLERK[:9] and shown["algorithm"] == "sm2"
        assert [(c["name"], c["state"]) for c in shown["checks"]] == [("validity", "ok"), ("trust", "ok")]
        stranger = Desk(room.server, room.dir / "stranger", other.key, other.pin_file).run("certificate", "show").expect(4)
        assert {c["name"]: c["state"] for c in stranger["checks"]}["trust"] == "bad"
        run([CTL, "certificate", "show", "--home", room.dir / "none", "--json"]).expect(4)


def wrong_clock_is_told():
    with Room() as room:
        room.ready()
        assert "clock" not in room.desk.run("sync").expect(0).errors
        room.server.ctl("fault", "clock:200")
        told = re.search(r"clock is (\d+) seconds", room.desk.run("sync").errors)
        assert told and 180 <= int(told[1]) <= 220, told


def unreadable_trust():
    with Room() as room:
        room.ready()
        for path in ("/nonexistent", "/dev/null", room.key):
            command = room.desk.command("sync")
            command[command.index(str(room.server.trust))] = str(path)
            assert run(command).expect(5)["error"] == "bad-input"


def trace_goes_on():
    with Room() as room:
        room.ready()
        folder = room.dir / "spur 目录" / "in"
        assert "personal data" in room.desk.run("sync", "--trace", folder).expect(0).errors
        first = sorted(p.name for p in folder.iterdir())
        assert first[:2] == ["0001-request.xml", "0001-response.xml"] and folder.stat().st_mode & 0o777 == 0o700
        before = {p: (folder / p).read_bytes() for p in first}
        room.desk.run("sync", "--trace", folder).expect(0)
        after = sorted(p.name for p in folder.iterdir())
        assert len(after) > len(first) and all((folder / p).read_bytes() == data for p, data in before.items())
        room.desk.run("notice", "list", "--offline", "--trace", room.dir / "none").expect(0)
        assert not (room.dir / "none").exists()


def swap_of_several():
    """One that cannot be swapped holds up none of the others and is named; nothing is made twice."""
    with Room() as room:
        room.ready()
        paid, unpaid = (room.new().expect(0)["payment_code"] for _ in range(2))
        room.server.ctl("pay", paid)
        unknown = "12345678901234567890"
        result = room.desk.run("ebill", "swap", unpaid, paid, unknown, paid).expect(1)
        assert [e["payment_code"] for e in result["ebills"]] == [paid]
        assert [(p["column"], p["code"]) for p in result["problems"]] == [(unpaid, "conflict"), (unknown, "not-found")]
        again = room.desk.run("ebill", "swap", paid).expect(1)
        assert again["ebills"][0]["number"] == result["ebills"][0]["number"] and again["problems"][0]["code"] == "conflict"
        assert room.desk.run("ebill", "swap", "--all-paid").expect(0)["ebills"] == []
        assert len(room.server.state()["ebills"]) == 1


def swap_in_two_processes():
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        room.desk.run("import", "issue", class_list(room.dir / "class.xlsx", 30, f"{item['code']}:{item['min']}")).expect(0)
        room.server.ctl("pay", *(n["payment_code"] for n in room.desk.notices()))
        processes = [room.desk.start("ebill", "swap", "--all-paid") for _ in range(3)]
        for process in processes:
            out, errors = process.communicate(timeout=120)
            assert process.returncode in (0, 1), errors
        room.desk.run("sync").expect(0)
        here = room.desk.run("ebill", "list").expect(0)["ebills"]
        assert len(here) == 30 and all(e["state"] == "accepted" for e in here)
        assert {e["number"] for e in here} == {e["number"] for e in room.server.state()["ebills"]}


def refusals_are_told():
    """Voided here without a connection, paid there meanwhile: the sync says which one was refused and why."""
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        room.desk.run("notice", "void", code, "--reason", "写错了", "--offline").expect(0)
        room.server.ctl("pay", code)
        result = room.desk.run("sync").expect(1)
        assert result["refused"] == 1
        assert [r["subject"] for r in result["refusals"]] == [f"notice:{code}"] and result["refusals"][0]["message"]
        assert room.desk.run("sync").expect(0)["refusals"] == []
        compare(room.server, room.desk)


def keys_are_always_there():
    with Room() as room:
        room.ready()
        refused = room.new("--item", "999999999999:1").expect(1)
        assert refused["payment_code"] == "" and refused["state"] == "" and refused["problems"]
        late = room.new("--late-fee", "12.34").expect(0)
        shown = room.desk.run("notice", "show", late["payment_code"]).expect(0)
        assert shown["late_fee"] == "12.34" and shown["amount"] == late["amount"]
        for args, key in ((["ebill", "list"], "ebills"), (["stock", "list"], "ranges"), (["find", "nobody"], "hits"),
                          (["stock", "history", "0000000001"], "history")):
            assert room.desk.run(*args).expect(0)[key] == [], args


def found_by_any_number():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        room.server.ctl("pay", code)
        number = room.desk.run("ebill", "swap", code).expect(0)["ebills"][0]["number"]
        room.desk.run("stock", "receive", "--type", "1101", "--first", "0000000001", "--last", "0000000010").expect(0)
        kinds = {h["kind"] for h in room.desk.run("find", number).expect(0)["hits"]}
        assert kinds == {"notice", "ebill", "paper-bill"}, kinds
        assert {h["kind"] for h in room.desk.run("find", "0000000010").expect(0)["hits"]} == {"paper-bill"}


def verify_goes_on():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        room.server.ctl("pay", code)
        room.desk.run("ebill", "swap", code).expect(0)
        good = room.dir / "票 据.xml"
        room.desk.run("ebill", "file", code, "-o", good).expect(0)
        ca = ["--ca", room.server.trust, "--home", room.dir / "none", "--json"]
        result = run([CTL, "ebill", "verify", room.dir / "missing.xml", good, *ca]).expect(5)
        assert [f["ok"] for f in result["files"]] == [False, True] and not result["ok"]
        for broken in (b"", b"<a/>", os.urandom(3000)):
            path = room.dir / "broken.xml"
            path.write_bytes(broken)
            assert not run([CTL, "ebill", "verify", path, *ca]).expect(1)["ok"]
        # A file without a list checks nothing, and no certificate in it is trusted.
        for crl in ("/nonexistent", good, room.server.trust):
            run([CTL, "ebill", "verify", good, *ca, "--crl", crl]).expect(5)


def errors_do_not_replace_the_list():
    with Room() as room:
        room.ready()
        path = class_list(room.dir / "class.xlsx", 3, "999999999999:1.00")
        before = path.read_bytes()
        room.desk.run("import", "issue", path, "--errors", path).expect(2)
        assert path.read_bytes() == before


def what_was_issued_is_told():
    """The workbook of the bad rows cannot be written: what was issued stands all the same."""
    with Room() as room:
        room.ready()
        path = class_list(room.dir / "class.xlsx", 3, f"{room.item('fixed')['code']}:1.00")
        result = room.desk.run("import", "issue", path, "--errors", "/proc/none.xlsx")
        assert result.status != 0 and (result["issued"], result["refused"]) == (0, 3) and result["batch"] and result["message"]


def copies_on_a_full_disk():
    with Room() as room:
        room.ready()
        small = room.dir / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", small], capture_output=True).returncode != 0:
            raise Skip("no right to mount a small file system")
        try:
            for args in (["backup", small / "copy.db"], ["import", "template", "--kind", "notices", "-o", small / "form.xlsx"]):
                result = room.desk.run(*args)
                assert result.status == 6 and str(small) in result["message"], result.errors
                assert list(small.iterdir()) == [], "a half file was left"
        finally:
            subprocess.run(["umount", "-l", small], check=False)


def output_device_full():
    with Room() as room:
        room.ready()
        room.new().expect(0)
        with open("/dev/full", "w") as full:
            done = subprocess.run(room.desk.command("notice", "list"), stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 1 and "could not be written" in done.stderr


def homes():
    """Spaces, Chinese, relative and linked directories are one store; one that may not be read is a clear sentence."""
    with Room() as room:
        room.ready()
        home = room.dir / "a b 票据"
        desk = Desk(room.server, home, room.key, room.pin_file)
        code = room.new(desk=desk).expect(0)["payment_code"]
        (room.dir / "link").symlink_to(home)
        for path in (room.dir / "link", Path(os.path.relpath(home))):
            listed = run([CTL, "notice", "list", "--home", path, "--json"]).expect(0)["notices"]
            assert [n["payment_code"] for n in listed] == [code]
        for path in (room.dir / ("x" * 240) / ("y" * 240), room.dir / ("x" * 300)):
            result = run([CTL, "notice", "list", "--home", path, "--json"]).expect(6)
            assert "too long" in result["message"], result["message"]
        if os.geteuid() == 0:
            program = room.dir / "kaipiaoctl"
            shutil.copy(CTL, program)
            os.chmod(room.dir, 0o755)
            done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "notice", "list", "--home", home],
                                  capture_output=True, text=True, env={**os.environ, "HOME": "/nonexistent"})
            assert done.returncode == 6 and done.stderr.strip() and "CRITICAL" not in done.stderr, done.stderr


if __name__ == "__main__":
    main([names_in_every_locale, options_that_cannot_be, pins, pin_of_an_editor, reading_needs_no_key, bytes_that_are_no_text, certificate_shown,
          wrong_clock_is_told, unreadable_trust, trace_goes_on, swap_of_several, swap_in_two_processes,
          refusals_are_told, keys_are_always_there, found_by_any_number, verify_goes_on, errors_do_not_replace_the_list,
          what_was_issued_is_told, copies_on_a_full_disk, output_device_full, homes])
