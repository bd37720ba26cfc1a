#!/usr/bin/env python3
"""Notices whose time runs out, with two desks of a unit and a server: each desk sees it by itself, whatever command comes first; a payment that was made in time and is
told later ends paid; one that came too late is refused by the server; a desk that was off for long is right at once."""
import sqlite3

from kaiagree import agree, catch_up
from kaiflow import Room, class_list, main

YESTERDAY = 20251231


def date_back(room, desks, codes, day=YESTERDAY):
    """The last valid day of these notices was @day, on all sides."""
    for path in [room.server.dir / "sandbox.db", *(d.home / "kaipiao.db" for d in desks)]:
        db = sqlite3.connect(path, timeout=30)
        db.executemany("UPDATE notice SET valid_until = ? WHERE payment_code = ?", [(day, c) for c in codes])
        db.commit()
        db.close()


def state(desk, code):
    return next(n["state"] for n in desk.notices() if n["payment_code"] == code)


def two_desks():
    with Room() as room:
        room.ready()
        second = room.second_desk()
        second.run("base-data", "refresh").expect(0)
        paid, lapsed, valid = (room.new(payer=name).expect(0)["payment_code"] for name in ("甲", "乙", "丙"))
        other = room.new(payer="丁", desk=second).expect(0)["payment_code"]
        # Paid on its last day; the desk has not been told when that day ends.
        room.server.ctl("pay", paid)
        date_back(room, (room.desk, second), (paid, lapsed, other))
        assert state(room.desk, paid) == state(room.desk, lapsed) == "lapsed" and state(room.desk, valid) == "unpaid"
        assert state(second, other) == "lapsed"
        assert room.desk.run("report", "unpaid", "--offline").expect(0)["count"] == 1
        assert room.desk.run("report", "unpaid", "--lapsed", "--offline").expect(0)["count"] == 3
        # Too late: no money is taken.
        assert not [p for p in room.server.state()["payments"] if p["payment_code"] == lapsed]
        room.desk.run("sync").expect(0)
        assert state(room.desk, paid) == "paid" and state(room.desk, lapsed) == "lapsed"
        lines = [x["action"] for x in room.desk.run("log", "--subject", f"notice:{paid}", "--offline").expect(0)["lines"]]
        assert lines[:2] == ["notice.payment", "notice.lapse"], lines
        # The paid one can be swapped; the server lets no lapsed one be paid, voided or not: both sides say lapsed.
        room.desk.run("ebill", "swap", paid).expect(0)
        for desk in (room.desk, second):
            catch_up(desk)
        print(f"# {agree(room, [room.desk, second], room.desk)}")


def off_for_long():
    """Hundreds at once: whoever looks first sees all of them, and the log has a line of each."""
    rows = 400
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        book = class_list(room.dir / "class.xlsx", rows, f"{item['code']}:{item['min']}")
        room.desk.run("import", "issue", book).expect(0)
        valid = room.new(payer="后").expect(0)["payment_code"]
        date_back(room, [room.desk], [n["payment_code"] for n in room.desk.notices("--limit", "1000") if n["payment_code"] != valid])
        assert [n["payment_code"] for n in room.desk.notices("--state", "unpaid", "--limit", "1000")] == [valid]
        assert len(room.desk.notices("--state", "lapsed", "--limit", "1000")) == rows
        db = sqlite3.connect(room.desk.home / "kaipiao.db")
        assert db.execute("SELECT count(*), count(DISTINCT subject) FROM audit_log WHERE action = 'notice.lapse'").fetchone() == (rows, rows)
        db.close()
        assert room.desk.run("log", "--verify", "--offline").expect(0)["ok"]
        room.desk.run("sync").expect(0)
        print(f"# {agree(room, [room.desk], room.desk)}")


def draft_gets_its_days():
    """Typed without a number left, numbered much later: its days begin when it can be paid."""
    with Room() as room:
        room.ready()
        db = sqlite3.connect(room.desk.home / "kaipiao.db")
        db.execute("UPDATE code_lease SET next = last + 1")
        db.commit()
        db.close()
        done = room.new("--offline", payer="甲").expect(0)
        assert done["payment_code"] == "" and done["sync"] == "draft", done.json
        db = sqlite3.connect(room.desk.home / "kaipiao.db")
        db.execute("UPDATE notice SET bill_date = 20251220, valid_until = 20251230")
        db.commit()
        db.close()
        (notice,) = room.desk.notices()
        assert notice["state"] == "unpaid", "a draft has lapsed"
        room.desk.run("sync").expect(0)
        (notice,) = room.desk.notices()
        assert notice["state"] == "unpaid" and notice["sync"] == "accepted" and notice["valid_until"] > notice["date"] > "2025-12-31", notice
        (there,) = room.server.state()["notices"]
        assert there["valid_until"] == int(notice["valid_until"].replace("-", "")), there


if __name__ == "__main__":
    main([two_desks, off_for_long, draft_gets_its_days])
