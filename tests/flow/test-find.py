"""Anything is found by any number, name or phone, on the command line, and nobody's data is shown whole."""
import json
import sqlite3

from kaiflow import Room, main

PEOPLE = {"单雄信": "13862110001", "尉迟恭": "13962110002", "欧阳修": "15062110003", "王𠮷": "18962110004"}


def identity(birth, sequence):
    digits = f"320684{birth}{sequence:03d}"
    total = sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)))
    return digits + "10X98765432"[total % 11]


def with_people(room):
    item = room.item("fixed")
    codes = {}
    for n, (name, mobile) in enumerate(PEOPLE.items()):
        made = room.desk.run("notice", "new", "--payer", name, "--kind", "person", "--id", identity(f"201{n}0307", 11 + n),
                             "--mobile", mobile, "--item", f"{item['code']}:1").expect(0)
        codes[name] = made["payment_code"]
    return codes


def found(room, text, *more):
    return {h["id"] for h in room.desk.run("find", text, *more).expect(0)["hits"] if h["kind"] == "notice"}


def names_initials_and_numbers():
    with Room() as room:
        room.ready()
        codes = with_people(room)
        first = codes["单雄信"]
        for text, names in {
            "单": ["单雄信"], "雄": ["单雄信"], "雄信": ["单雄信"], "单信": [], "sxx": ["单雄信"], "dxx": ["单雄信"], "CXX": ["单雄信"],
            "ycg": ["尉迟恭"], "wcg": ["尉迟恭"], "oyx": ["欧阳修"], "wj": ["王𠮷"], "𠮷": ["王𠮷"], "ｗＪ": ["王𠮷"], "王j": ["王𠮷"],
            "13862110001": ["单雄信"], "138 6211 0001": ["单雄信"], "１３８６２１１０００１": ["单雄信"], "1386": ["单雄信"],
            "0003": ["欧阳修"], "62110002": ["尉迟恭"], "6211": [], identity("20110307", 12): ["尉迟恭"],
            identity("20110307", 12).lower(): ["尉迟恭"], identity("20130307", 14)[-6:]: ["王𠮷"], "320684": list(PEOPLE),
            "3206842012": ["欧阳修"], first: ["单雄信"], first[-8:]: ["单雄信"], f"{first[:6]}-{first[6:]}": ["单雄信"],
            "nobody": [], "%": [], "'": [], "**": [],
        }.items():
            assert found(room, text) == {codes[n] for n in names}, (text, found(room, text), names)
            listed = {n["payment_code"] for n in room.desk.run("notice", "list", "--text", text).expect(0)["notices"]}
            assert listed == found(room, text), (text, listed)


def hits_are_masked_and_limited():
    with Room() as room:
        room.ready()
        codes = with_people(room)
        result = room.desk.run("find", "320684", "--limit", "2").expect(0)
        notices = [h for h in result["hits"] if h["kind"] == "notice"]
        assert result["more"] is True and [h["id"] for h in notices] == [codes["王𠮷"], codes["欧阳修"]], "newest first"
        shown = json.dumps(room.desk.run("find", "320684").expect(0)["hits"], ensure_ascii=False)
        assert "尉**" in shown
        for name, mobile in PEOPLE.items():
            assert name not in shown and mobile not in shown
        room.desk.run("find", "x" * 501).expect(1)
        room.desk.run("find").expect(2)
        room.desk.run("find", "x", "--limit", "0").expect(2)


def list_combines_text_with_the_rest():
    with Room() as room:
        room.ready()
        codes = with_people(room)
        room.server.ctl("pay", codes["单雄信"])
        room.desk.run("sync", "--wait-idle", "20").expect(0)
        for state, names in {"paid": ["单雄信"], "unpaid": ["尉迟恭", "欧阳修", "王𠮷"], "void": []}.items():
            listed = room.desk.run("notice", "list", "--text", "320684", "--state", state).expect(0)["notices"]
            assert {n["payment_code"] for n in listed} == {codes[n] for n in names}, (state, listed)
        assert room.desk.run("notice", "list", "--text", "单", "--state", "unpaid").expect(0)["notices"] == []


def check_mends_the_index():
    with Room() as room:
        room.ready()
        codes = with_people(room)
        assert room.desk.run("check").expect(0)["search"] == "sound"
        store = sqlite3.connect(room.desk.home / "kaipiao.db")
        store.execute("INSERT INTO notice_search (notice_search) VALUES ('delete-all')")
        store.commit()
        store.close()
        assert found(room, "单") == set()
        assert room.desk.run("check").expect(0)["search"] == "made-anew"
        assert found(room, "单") == {codes["单雄信"]}
        assert room.desk.run("check").expect(0)["search"] == "sound"


if __name__ == "__main__":
    main([names_initials_and_numbers, hits_are_masked_and_limited, list_combines_text_with_the_rest, check_mends_the_index])
