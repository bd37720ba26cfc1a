#!/usr/bin/env python3
"""The personal data at rest: who may open a store, what is seen without a key, and that no file of the home gives anything away."""
import base64
import gzip
import sqlite3
from pathlib import Path

from kaiflow import CLERK, CTL, Desk, Room, class_list, main, run

REVIEWER = "32068400102"
STRANGER = "32068400201"  # a clerk of another unit
ID = "320684200901120132"
MOBILE = "13812340001"
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures/store"


def desk_of(room, user, algorithm="p256", home=None):
    """Another user at the same computer, with a key made just now."""
    folder = room.dir / f"{user}-{len(list(room.dir.iterdir()))}"
    folder.mkdir()
    key, pin_file = room.server.issue_key(user, folder, algorithm)
    return Desk(room.server, home or room.desk.home, key, pin_file, user)


def issue(room, payer="欧阳晓敏", desk=None, *more):
    return room.new("--id", ID, "--memo", f"{payer}家长", *more, payer=payer, desk=desk).expect(0)["payment_code"]


def payers(desk):
    result = desk.run("notice", "list", "--offline").expect(0)
    assert not result.json.get("locked") and "encrypted" not in result.errors, result.errors
    return [n["payer"] for n in result["notices"]]


def assert_locked(desk):
    result = desk.run("notice", "list", "--offline").expect(0)
    assert result["locked"] is True and result["notices"], result.text
    assert all(n["payer"] == "" and n["amount"] for n in result["notices"]), result.text
    assert CLERK in result.errors and "sign in" in result.errors, f"it does not say who may open it: {result.errors}"
    return result


def log_of(desk, action):
    return [(line["user"], line["subject"], line["outcome"]) for line in desk.run("log", "--limit", "500", "--offline").expect(0)["lines"]
            if line["action"] == action]


def refused(room, desk, code):
    """Nothing else may open the store meanwhile: that would let the user in."""
    item = room.item("fixed")
    for command in (["notice", "new", "--payer", "王小明", "--kind", "person", "--mobile", MOBILE, "--item", f"{item['code']}:1", "--offline"],
                    ["notice", "void", code, "--reason", "错", "--offline"]):
        result = desk.run(*command).expect(4)
        # Others than clerks are told that first.
        if desk.user == CLERK:
            assert "encrypted" in result.errors and CLERK in result.errors, result.errors


def both_keys_before_the_first_contact():
    for algorithm in ("rsa", "p256", "sm2"):
        with Room() as room:
            reviewer = desk_of(room, REVIEWER, algorithm)
            room.ready()
            issue(room)
            assert payers(reviewer) == ["欧阳晓敏"]
            # And it works both ways: what the clerk's other key writes everybody reads.
            other = desk_of(room, CLERK, algorithm)
            room.desk.run("sync").expect(0)
            room.desk.run("base-data", "refresh").expect(0)
            issue(room, "司马长风", other)
            assert sorted(payers(room.desk)) == sorted(payers(reviewer)) == sorted(["欧阳晓敏", "司马长风"])
            assert (CLERK, f"user:{CLERK}", "created") in log_of(room.desk, "vault.create")
            assert (CLERK, f"user:{REVIEWER}", "admitted") in log_of(room.desk, "vault.admit")


def a_key_that_comes_later():
    with Room() as room:
        room.ready()
        issue(room)
        reviewer = desk_of(room, REVIEWER)
        assert room.desk.run("sync").expect(0)
        assert payers(reviewer) == ["欧阳晓敏"]


def a_key_that_tried_first():
    with Room() as room:
        room.ready()
        code = issue(room)
        reviewer = desk_of(room, REVIEWER, "sm2")
        assert_locked(reviewer)
        refused(room, reviewer, code)
        assert reviewer.run("sync").status == 4
        # No connection is needed: the user is known, and so is now the certificate.
        assert payers(room.desk) == ["欧阳晓敏"]
        assert payers(reviewer) == ["欧阳晓敏"]
        assert len(log_of(room.desk, "vault.admit")) == 1


def a_locked_clerk_writes_nothing():
    with Room() as room:
        room.ready()
        code = issue(room)
        other = desk_of(room, CLERK, "rsa")
        assert_locked(other)
        refused(room, other, code)
        before = room.server.state()["notices"]
        assert other.run("sync").status == 4 and room.server.state()["notices"] == before
        assert payers(room.desk) == ["欧阳晓敏"]
        issue(room, "司马长风", other)
        assert sorted(payers(room.desk)) == sorted(["欧阳晓敏", "司马长风"])


def strangers_stay_out():
    with Room() as room:
        room.ready()
        code = issue(room)
        stranger = desk_of(room, STRANGER)
        assert_locked(stranger)
        room.desk.run("sync").expect(0)
        assert payers(room.desk) == ["欧阳晓敏"]
        assert_locked(stranger)
        refused(room, stranger, code)
        # Nor does a certificate that only calls itself the clerk's, by another authority.
        with Room() as other:
            forged, pin_file = other.server.issue_key(REVIEWER, other.dir, "rsa")
            forger = Desk(room.server, room.desk.home, forged, pin_file, REVIEWER)
            assert_locked(forger)
            assert payers(room.desk) == ["欧阳晓敏"]
            assert_locked(forger)
        assert log_of(room.desk, "vault.admit") == []


def without_a_key():
    with Room() as room:
        room.ready()
        code = issue(room)
        room.server.ctl("pay", code)
        room.desk.run("ebill", "swap", code).expect(0)
        home = ["--home", room.desk.home, "--offline", "--json"]
        for command in (["notice", "list"], ["notice", "show", code], ["ebill", "list"], ["stock", "list"], ["log"], ["log", "--verify"],
                        ["check"], ["base-data", "show"]):
            result = run([CTL, *command, *home]).expect(0)
            assert result["locked"] is True, f"{command}: {result.text}"
            assert "encrypted" in result.errors and CLERK in result.errors, f"{command}: {result.errors}"
            assert "欧阳" not in result.text and ID not in result.text and MOBILE not in result.text, f"{command}: {result.text}"
        shown = run([CTL, "notice", "show", code, *home]).expect(0)
        assert shown["payer"] == "" and shown["amount"] == room.item("fixed")["min"] and shown["state"] == "paid"
        assert run([CTL, "notice", "show", code, "--full", *home]).expect(4)
        item = room.item("fixed")
        run([CTL, "notice", "new", "--payer", "王小明", "--kind", "person", "--mobile", MOBILE, "--item", f"{item['code']}:1", *home]).expect(4)
        # A wrong PIN is a wrong PIN, not a locked store.
        wrong = room.dir / "wrong.pin"
        wrong.write_text("000000\n")
        result = run([CTL, "notice", "list", *home, "--key", f"file:{room.key}", "--pin-file", wrong]).expect(4)
        assert "PIN" in result.errors


def shown_in_full_is_logged():
    with Room() as room:
        room.ready()
        code = issue(room)
        masked = room.desk.run("notice", "show", code, "--offline").expect(0)
        assert ID not in masked.text and "13800000000" not in masked.text and "*" in masked["id"]
        assert log_of(room.desk, "notice.view") == []
        full = room.desk.run("notice", "show", code, "--full", "--offline").expect(0)
        assert full["id"] == ID and full["mobile"] == "13800000000"
        assert log_of(room.desk, "notice.view") == [(CLERK, f"notice:{code}", "in full")]


def who_left_is_out():
    with Room() as room:
        reviewer = desk_of(room, REVIEWER)
        room.ready()
        issue(room)
        assert payers(reviewer) == ["欧阳晓敏"]
        room.server.ctl("revoke", REVIEWER)
        (room.desk.home / "revocation.pem").unlink(missing_ok=True)  # a day passes
        room.desk.run("sync").expect(0)
        room.desk.run("base-data", "refresh").expect(0)
        assert (CLERK, f"user:{REVIEWER}", "revoked") in log_of(room.desk, "vault.remove")
        assert_locked(reviewer)
        # And stays out, though it has asked again.
        assert payers(room.desk) == ["欧阳晓敏"]
        assert_locked(reviewer)
        # A user who is not in the base data any more.
        administrator = desk_of(room, "32068400103")
        room.desk.run("base-data", "refresh").expect(0)
        assert payers(administrator) == ["欧阳晓敏"]
        with sqlite3.connect(room.server.dir / "sandbox.db") as db:
            db.execute("DELETE FROM certificate WHERE user_code = '32068400103'")
            db.execute("DELETE FROM user WHERE code = '32068400103'")
        room.desk.run("base-data", "refresh").expect(0)
        assert (CLERK, "user:32068400103", "left") in log_of(room.desk, "vault.remove")
        assert_locked(administrator)


def a_renewed_certificate():
    with Room() as room:
        room.ready()
        issue(room)
        renewed = desk_of(room, CLERK, "rsa")
        room.desk.run("sync").expect(0)
        room.desk.run("base-data", "refresh").expect(0)
        assert payers(renewed) == ["欧阳晓敏"]
        # Once the server counts the new one only, the old one is let go.
        with sqlite3.connect(room.server.dir / "sandbox.db") as db:
            newest = db.execute("SELECT max(rowid) FROM certificate WHERE user_code = ?", (CLERK,)).fetchone()[0]
            db.execute("DELETE FROM certificate WHERE user_code = ? AND rowid <> ?", (CLERK, newest))
        renewed.run("base-data", "refresh").expect(0)
        assert (CLERK, f"user:{CLERK}", "replaced") in log_of(renewed, "vault.remove")
        assert_locked(room.desk)
        assert payers(renewed) == ["欧阳晓敏"]


def spellings(text):
    """The bytes under which a program might have written it."""
    for charset in ("utf-8", "gbk", "utf-16-le", "utf-16-be"):
        yield charset, text.encode(charset)
    data = text.encode()
    for offset in range(3):
        # Without the characters that depend on what stands before and after.
        encoded = base64.b64encode(b"\0" * offset + data)
        yield "base64", encoded[4 if offset else 0:len(encoded) - 4]


def assert_hidden(home, texts):
    files = [p for p in Path(home).rglob("*") if p.is_file()]
    assert any(p.name == "kaipiao.db" for p in files)
    for path in files:
        content = path.read_bytes()
        for text in texts:
            for how, data in spellings(text):
                assert len(data) < 4 or data not in content, f"{text} ({how}) can be read in {path.name}"


def a_whole_day_leaves_nothing():
    with Room() as room:
        room.ready()
        people = ["欧阳晓敏", "司马长风", "诸葛若兰", "慕容雪瑶"]
        codes = [issue(room, name) for name in people]
        room.server.ctl("pay", *codes[:2])
        room.desk.run("sync").expect(0)
        room.desk.run("ebill", "swap", codes[0]).expect(0)
        room.desk.run("notice", "void", codes[2], "--reason", "诸葛若兰重复").expect(0)
        # Waits in the outbox; and one that the server refuses, in words that name the payer.
        issue(room, "上官婉儿", None, "--offline")
        room.desk.run("notice", "void", codes[1], "--reason", "司马长风作废").expect(1)
        free = next(i for i in room.base["items"] if i["standard"] == "free")
        book = class_list(room.dir / "令狐冲和.xlsx", 15, free["code"])
        imported = room.desk.run("import", "issue", book, "--kind", "education").expect(0)
        assert imported["issued"] == 15
        everyone = payers(room.desk)
        assert len(everyone) == 20
        texts = set(everyone) | set(people) | {ID, "13800000000", "诸葛若兰重复", "司马长风作废", "令狐冲和"}
        for code in [n["payment_code"] for n in room.desk.notices()]:
            full = room.desk.run("notice", "show", code, "--full", "--offline").expect(0)
            texts |= {full["id"], full["mobile"]} - {""}
        assert len(texts) > 40
        assert_hidden(room.desk.home, texts)
        # While it is open, too: the log beside the file has everything that was written last.
        with sqlite3.connect(room.desk.home / "kaipiao.db") as db:
            db.execute("SELECT count(*) FROM notice").fetchone()
            issue(room, "皇甫嵩云")
            assert_hidden(room.desk.home, texts | {"皇甫嵩云"})


def a_store_of_before():
    """Made by the first release, in plain; sealed by the first user who comes."""
    lines = [line.split("\t") for line in (FIXTURES / "001.tsv").read_text().splitlines()]
    notices = [line for line in lines if line[0] == "notice"]
    with Room() as room:
        room.desk.home.mkdir(mode=0o700)
        store = room.desk.home / "kaipiao.db"
        store.write_bytes(gzip.decompress((FIXTURES / "001.db.gz").read_bytes()))
        assert notices[0][3].encode() in store.read_bytes()
        stranger = desk_of(room, STRANGER)
        # Another unit's user does not become its owner.
        stranger.run("notice", "list", "--offline").expect(4)
        home = ["--home", room.desk.home, "--offline", "--json"]
        locked = run([CTL, "notice", "list", *home]).expect(0)
        assert locked["locked"] is True and len(locked["notices"]) == len(notices)
        assert all(n["payer"] == "" for n in locked["notices"])
        result = room.desk.run("notice", "list", "--offline").expect(0)
        assert sorted((n["payment_code"], n["payer"], n["state"], n["sync"]) for n in result["notices"]) \
            == sorted((line[2], line[3], line[9], line[10]) for line in notices)
        assert_hidden(room.desk.home, {text for line in notices for text in line[3:8] + line[11:15] if text and text != line[8]})
        room.desk.run("check", "--offline").expect(0)


main([both_keys_before_the_first_contact, a_key_that_comes_later, a_key_that_tried_first, a_locked_clerk_writes_nothing, strangers_stay_out, without_a_key,
      shown_in_full_is_logged, who_left_is_out, a_renewed_certificate, a_whole_day_leaves_nothing, a_store_of_before])
