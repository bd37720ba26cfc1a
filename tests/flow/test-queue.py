#!/usr/bin/python3
"""The queue on the command line: what waits and why, hold, send, correct, give up, ask, pause."""
import shutil
import sqlite3
import subprocess

from kaiflow import Room, main

RANGE_ITEM = "320600010007"


def queue(room, *args, status=0):
    return room.desk.run("queue", *args).expect(status).json["messages"]


def offline_notice(room, amount="100.00", payer="王小明"):
    return room.desk.run("--offline", "notice", "new", "--payer", payer, "--kind", "person", "--mobile", "13800000000",
                         "--item", f"{RANGE_ITEM}:1:{amount}").expect(0).json["payment_code"]


def at_server(room, sql):
    with sqlite3.connect(room.server.dir / "sandbox.db", timeout=30) as db:
        db.execute(sql)
    db.close()


def waits_and_goes():
    with Room() as room:
        room.ready()
        assert queue(room, "list") == []
        code = offline_notice(room)
        (message,) = queue(room, "list")
        assert message["state"] == "waiting" and message["number"] == "8994" and code in message["about"], message
        assert message["tries"] == 0 and message["subjects"][0]["sync"] == "signed"
        number = str(message["id"])
        (message,) = queue(room, "hold", number)
        assert message["state"] == "held"
        room.desk.run("sync").expect(0)
        assert len(queue(room, "list")) == 1
        assert queue(room, "send", number) == []
        assert room.desk.notices()[0]["sync"] == "accepted"
        room.desk.run("queue", "hold", number).expect(1)
        room.desk.run("queue", "hold", "x").expect(2)
        room.desk.run("queue", "hold").expect(2)
        room.desk.run("queue", "resolve", number).expect(2)
        room.desk.run("queue", "resolve", number, "--how", "ask").expect(1)


def paused():
    with Room() as room:
        room.ready()
        assert room.desk.run("sync", "--pause").expect(0).json["paused"]
        assert room.new().status == 3
        assert room.desk.run("base-data", "refresh").status == 3
        assert room.desk.run("sync").expect(3).json["waiting"] == 1
        assert room.server.state()["notices"] == []
        answer = room.desk.run("sync", "--resume").expect(0).json
        assert not answer["paused"] and answer["sent"] == 1 and answer["waiting"] == 0
        room.desk.run("sync", "--pause", "--resume").expect(2)


def refused():
    with Room() as room:
        room.ready()
        first, second = offline_notice(room), offline_notice(room, payer="李四")
        at_server(room, f"UPDATE item SET min = 15000, max = 30000 WHERE code = '{RANGE_ITEM}'")
        room.desk.run("sync").expect(1)
        messages = queue(room, "list")
        assert [m["state"] for m in messages] == ["refused", "refused"], messages
        assert messages[0]["why"] and messages[0]["subjects"][0]["field"] == "items[0].amount", messages[0]
        notice = next(n for n in room.desk.notices() if n["payment_code"] == first)
        assert notice["sync"] == "refused" and notice["payer"] == "王小明" and notice["refusal_field"] == "items[0].amount"
        room.desk.run("base-data", "refresh").expect(0)
        # Against the new standard it is not even sent.
        assert room.desk.run("notice", "correct", first).expect(1).json["problems"]
        answer = room.desk.run("notice", "correct", first, "--payer", "王大明", "--item", f"{RANGE_ITEM}:1:200.00").expect(0).json
        assert answer["payment_code"] == first and answer["sync"] == "accepted" and answer["payer"] == "王大明"
        room.desk.run("notice", "correct", first).expect(1)
        answer = room.desk.run("notice", "give-up", second, "--reason", "不收了").expect(0).json
        assert answer["state"] == "void"
        assert queue(room, "list") == []
        (there,) = room.server.state()["notices"]
        assert there["payment_code"] == first and there["amount"] == "200.00", there
        room.desk.run("log", "--verify").expect(0)
        room.desk.run("check").expect(0)


def busy():
    with Room() as room:
        room.ready()
        room.server.ctl("fault", "busy:120:8994")
        result = room.new()
        assert result.status == 3 and "120" in result.errors, result.errors
        (message,) = queue(room, "list")
        assert message["state"] == "sent" and message["tries"] == 1 and message["next_try"] > message["last_try"], message
        # A person may ask all the same.
        assert room.desk.run("sync").expect(0).json["sent"] == 1


def sent_is_true():
    """What could not leave waits, as often as it is tried; what left is sent, answered or not; both are told to be unknown to the server, on paper too."""
    with Room() as room:
        room.ready()
        room.server.stop()
        for tries in range(3):
            done = (room.new(payer="王小明") if tries == 0 else room.desk.run("sync")).expect(3)
            (message,) = queue(room, "list", "--offline")
            assert message["state"] == "waiting" and message["tries"] == 0, message
            assert message["why"] and message["subjects"][0]["sync"] == "signed", message
        (notice,) = room.desk.notices()
        code = notice["payment_code"]
        assert notice["sync"] == "signed" and notice["known_to_server"] is False
        done = room.desk.run("notice", "show", code, "--offline").expect(0)
        assert done["known_to_server"] is False and "does not know it yet" in done.errors + done.text
        pdf = room.dir / "a.pdf"
        room.desk.run("print", code, "--pdf", pdf, "--offline").expect(0)
        if shutil.which("pdftotext"):
            text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
            assert "待上报" in text and "尚未报送财政" in text, text
        # It arrives, and its answer is lost: then it was sent.
        room.server.start()
        room.server.ctl("fault", "drop-answer:8994")
        room.desk.run("sync").expect(3)
        (message,) = queue(room, "list", "--offline")
        assert message["state"] == "sent" and message["tries"] == 1 and message["subjects"][0]["sync"] == "sent", message
        assert room.desk.notices()[0]["known_to_server"] is False
        # And it stays sent when the next try does not leave.
        room.server.stop()
        room.desk.run("sync").expect(3)
        (message,) = queue(room, "list", "--offline")
        assert message["state"] == "sent" and message["tries"] == 1, message
        room.server.start()
        room.desk.run("sync").expect(0)
        (notice,) = room.desk.notices()
        assert notice["sync"] == "accepted" and notice["known_to_server"] is True
        room.desk.run("print", code, "--pdf", pdf, "--offline").expect(0)
        if shutil.which("pdftotext"):
            text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
            assert "待上报" not in text and "尚未报送" not in text


main([waits_and_goes, paused, refused, busy, sent_is_true])
