#!/usr/bin/env python3
"""The published socket from outside: desks, a stranger's bank counter, wrong peers, lost answers, token change."""
import hashlib
import os
import re
import socket
import subprocess
import tempfile
from pathlib import Path

import kaibank
from kaibank import Bank, Answer, call, frame, mac, message
from kaiflow import CLERK, SANDBOX, Desk, Room, Server, compare, main

BANK, OTHER_BANK, NODE = "D3206849001", "D3206849002", "K3206844001"
KINDS = (("3des-token", 64), ("sha256", 64), ("sha256", 128), ("3des-token", 128))


class SocketServer(Server):
    """Serves the socket beside SOAP; both sides' profiles say how."""

    def __init__(self, folder, kind, width):
        super().__init__(folder)
        self.kind, self.width = kind, width
        self.dir.mkdir(mode=0o700, exist_ok=True)
        (self.dir / "site-profile.ini").write_text(f"[socket]\nmac={kind}\nmac-width={width}\n")

    def start(self):
        command = [str(SANDBOX), "--dir", str(self.dir), "--demo-data", "--socket-port", "0"]
        self.log = open(f"{self.dir}.log", "ab")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True)
        words = [self.process.stdout.readline().split() for _ in range(2)]
        assert [w[:1] for w in words] == [["socket"], ["ready"]], f"the training server did not start: {words}"
        self.socket, self.url = words[0][1], words[1][1]
        assert re.fullmatch(r"nontax://127\.0\.0\.1:\d+", self.socket)
        return self

    def secrets(self, node):
        folder = Path(tempfile.mkdtemp(dir=self.dir))
        self.ctl("token", node, "-o", folder / "token")
        self.ctl("token-key", node, "-o", folder / "key")
        for name in ("token", "key"):
            assert (folder / name).stat().st_mode & 0o777 == 0o600
        return folder / "token", folder / "key"


class SocketRoom(Room):
    def __init__(self, kind="3des-token", width=64):
        self.dir = Path(tempfile.mkdtemp(prefix="kaipiao-socket-"))
        self.kind, self.width = kind, width
        self.server = SocketServer(self.dir / "server", kind, width).start()
        self.key, self.pin_file = self.server.issue_key(CLERK, self.dir)
        self.token, self.token_key = self.server.secrets(NODE)
        self.desk = self.socket_desk("desk")

    def socket_desk(self, name, enabled="true"):
        desk = Desk(self.server, self.dir / name, self.key, self.pin_file)
        desk.home.mkdir(mode=0o700, exist_ok=True)
        (desk.home / "site-profile.ini").write_text(f"[socket]\nenabled={enabled}\nmac={self.kind}\nmac-width={self.width}\n"
                                                    f"token-file={self.token}\nkey-file={self.token_key}\n")
        url = self.server.socket
        plain = desk.command
        desk.command = lambda *args: [url if part == self.server.url else part for part in plain(*args)]
        return desk

    def soap_desk(self, desk):
        """The same data directory over SOAP."""
        return Desk(self.server, desk.home, self.key, self.pin_file)

    def bank(self, node=BANK):
        token, key = self.server.secrets(node)
        return Bank(self.server.socket, node, token.read_text().strip(), key.read_text().strip(), self.kind, self.width)

    def issued(self, **more):
        made = self.new(**more).expect(0)
        return made["payment_code"], made["amount"]

    def notice(self, code):
        return next(n for n in self.server.state()["notices"] if n["payment_code"] == code)


def paid_at_a_counter_with_each_mac():
    for kind, width in KINDS:
        with SocketRoom(kind, width) as room:
            room.ready()
            code, amount = room.issued(payer="𠮷小明")
            shown = room.bank().query(code)
            assert shown.number == "5603" and shown["Amt"] == amount and shown["PayerName"] == "𠮷小明" and shown["PayStats"] == "0"
            assert "&#134071;".encode() in kaibank.base64.b64decode(re.search(rb"<Voucher>([^<]+)</Voucher>", shown.body)[1])
            done = room.bank().confirm(code, amount, "T1")
            assert done.number == "5001" and done["Result"] == "00000" and done["Information"] == "" and done["OriMsgNo"] == "2612"
            assert room.desk.run("sync").expect(0)["received"] == 1
            compare(room.server, room.desk)
            assert room.desk.notices()[0]["state"] == "paid"
            payment = room.server.state()["payments"]
            assert [(p["bank"], p["trace_no"], p["state"]) for p in payment] == [(BANK, "T1", "confirmed")]
            assert room.bank().query(code)["PayStats"] == "1"


def whole_day_over_the_socket():
    with SocketRoom("sha256") as room:
        room.ready()
        code, _ = room.issued()
        room.server.ctl("counter-pay", code, "--bank", OTHER_BANK)
        room.desk.run("sync").expect(0)
        ebill = room.desk.run("ebill", "swap", code).expect(0)["ebills"][0]
        assert ebill["state"] == "accepted" and len(ebill["number"]) == 10
        path = room.dir / "ebill.xml"
        room.desk.run("ebill", "file", code, "-o", path).expect(0)
        second, _ = room.issued()
        room.desk.run("notice", "void", second, "--reason", "开错了").expect(0)
        assert room.notice(second)["state"] == "void"
        compare(room.server, room.desk)


def one_store_over_both_transports():
    """The same message may go out over one and again over the other: the server knows it."""
    with SocketRoom("sha256") as room:
        room.ready()
        soap = room.soap_desk(room.desk)
        for first, second in ((soap, room.desk), (room.desk, soap)):
            room.server.ctl("fault", "drop-answer:8994")
            made = room.new(desk=first)
            assert made.status == 3
            second.run("sync").expect(0)
            again = [m for m in room.server.state()["messages"] if m["number"] == "8994"][-1]
            assert again["repeated"] and again["result"] == "00000"
        compare(room.server, room.desk)
        assert len(room.desk.notices()) == 2


def lost_and_cut_answers():
    with SocketRoom() as room:
        room.ready()
        for fault in ("drop-request:8994", "drop-answer:8994", "cut:1:8994", "cut:22:8994", "cut:400:8994", "http-500:8994", "delay:300:8994"):
            room.server.ctl("fault", fault)
            made = room.new()
            assert made.status == (0 if fault.startswith("delay") else 3), fault
            room.desk.run("sync").expect(0)
        compare(room.server, room.desk)
        assert len(room.desk.notices()) == 7


def a_push_while_waiting():
    with SocketRoom() as room:
        room.ready()
        code, amount = room.issued()
        waiting = room.desk.start("sync", "--wait-idle", "20")
        try:
            # The poll is open when the server has logged nothing new and the counter confirms.
            assert room.bank().confirm(code, amount, "T9")["Result"] == "00000"
            for _ in range(300):
                if room.desk.notices()[0]["state"] == "paid":
                    break
            assert room.desk.notices()[0]["state"] == "paid"
        finally:
            waiting.kill()
            waiting.communicate()


def counters_are_refused():
    with SocketRoom("sha256") as room:
        room.ready()
        bank = room.bank()
        code, amount = room.issued()
        gone, _ = room.issued()
        room.desk.run("notice", "void", gone, "--reason", "开错了").expect(0)
        cents = f"{float(amount) - 0.01:.2f}"
        rows = [(code, cents, "A1", {}, "30029"), (code, f"-{amount}", "A1", {}, "30029"), ("32068426101999999999", amount, "A2", {}, "30011"),
                (gone, amount, "A3", {}, "30017"), (code, amount, "A4", {"CfmDate": "20260230"}, "10003"), (code, amount, "A4", {"CfmDate": "20991231"}, "10003"),
                (code, "1.5", "A5", {}, "10003"), (code, amount, "", {}, "10003"), (code, amount, "A6", {"PayMode": "abc"}, "10003")]
        for which, how_much, trace, more, result in rows:
            got = bank.confirm(which, how_much, trace, **more)
            assert got["Result"] == result, f"{which} {how_much} {trace} {more}: {got['Result']} {got['AddWord']}"
            assert got["AddWord"]
        assert bank.query("32068426101999999999")["Result"] == "30011"
        assert room.server.state()["payments"] == [] and room.notice(code)["state"] == "unpaid"
        # A batch: one result each, in order.
        both = bank.ask("2612", bank.confirmation(code, cents, "B1"), bank.confirmation(code, amount, "B2"))
        assert [f["Result"] for f in both.fields] == ["30029", "00000"]
        assert room.notice(code)["state"] == "paid"


def lapsed_at_the_counter():
    with SocketRoom() as room:
        room.ready()
        code, amount = room.issued()
        room.server.ctl("fault", f"clock:{30 * 24 * 3600}")
        assert room.bank().confirm(code, amount, "L1")["Result"] == "30014"
        assert room.server.state()["payments"] == []


def paid_twice():
    with SocketRoom("sha256") as room:
        room.ready()
        bank, other = room.bank(), room.bank(OTHER_BANK)
        code, amount = room.issued()
        assert bank.confirm(code, amount, "T1", msg_id="M1")["Information"] == ""
        # The same message: the same answer. The same transaction in a new message: nothing new.
        first = bank.confirm(code, amount, "T1", msg_id="M1")
        assert first["Result"] == "00000" and first.head["MsgRef"] == "M1"
        assert bank.confirm(code, amount, "T1", msg_id="M2")["Information"] == ""
        assert len(room.server.state()["payments"]) == 1
        # The number of another payment, the same number at another bank, a message number for something else.
        second, second_amount = room.issued()
        assert bank.confirm(second, second_amount, "T1")["Result"] == "30030"
        again = other.confirm(code, amount, "T1")
        assert again["Result"] == "00000" and again["Information"] == "REFUNDED"
        assert other.confirm(code, amount, "T1")["Information"] == "REFUNDED"
        changed = bank.confirm(second, second_amount, "T3", msg_id="M1")
        assert changed["Result"] == "10004" and changed["Hold1"] == "FAULT"
        states = [(p["payment_code"], p["bank"], p["state"]) for p in room.server.state()["payments"]]
        assert states == [(code, BANK, "confirmed"), (code, OTHER_BANK, "refunded")]
        assert room.desk.run("sync").expect(0)["received"] == 1
        compare(room.server, room.desk)


def counter_command():
    with SocketRoom() as room:
        room.ready()
        code, amount = room.issued()

        def counter(*args):
            return subprocess.run([str(SANDBOX), "ctl", "--dir", str(room.server.dir), "counter-pay", *args], capture_output=True, text=True)

        assert counter(code, "--amount", "0.01").returncode == 1
        assert counter(code, "--bank", "D0000000000").returncode == 5
        assert counter("11111111111111111111").returncode == 1
        assert counter().returncode == 2
        done = counter(code, "--trace-no", "X1")
        assert done.returncode == 0 and code in done.stdout, done.stderr
        assert "refunded" in counter(code, "--trace-no", "X2").stdout
        assert [p["state"] for p in room.server.state()["payments"]] == ["confirmed", "refunded"]
        room.server.stop()
        assert counter(code).returncode == 5, "no socket is served"


def education_notices():
    with SocketRoom("sha256") as room:
        room.ready()
        bank = room.bank()
        code, _ = room.issued()
        gone, _ = room.issued()
        room.desk.run("notice", "void", gone, "--reason", "开错了").expect(0)
        for number in ("2698", "2697"):
            found = bank.ask(number, {"PayerCreditCode": "", "MobilePhone": "13800000000"})
            assert found.number == "5698" and found["Result"] == "00000"
            assert re.findall(r"<PayCode>(\d+)</PayCode>", found.vouchers[0]) == [code], found.vouchers
        nobody = bank.ask("2698", {"PayerCreditCode": "11010519491231002X", "MobilePhone": ""})
        assert nobody["Result"] == "00000" and "<PayCode>" not in nobody.vouchers[0]
        assert bank.ask("2698", {"PayerCreditCode": "11010519491231002X", "MobilePhone": "13800000000"}).vouchers[0].count("<PayCode>") == 0
        assert bank.ask("2698", {"PayerCreditCode": "", "MobilePhone": ""})["Result"] == "10003"


def only_who_may():
    """A bank cannot issue, a unit's node cannot confirm, SOAP takes nothing of a bank's."""
    with SocketRoom("sha256") as room:
        room.ready()
        code, amount = room.issued()
        bank = room.bank()
        for number, fields in (("8641", {"PayCode": code, "ChgAgenCode": "320684001", "Reason": "x", "OperatorCode": ""}),
                               ("8997", {"PayCode": code, "PayMode": "1", "Hold1": "", "Hold2": ""}),
                               ("8002", {"ClientVersion": "", "ClientTime": ""})):
            got = bank.ask(number, fields)
            assert got["Result"] == "30004" and got["Hold1"] == "FAULT"
        unit = Bank(room.server.socket, NODE, room.token.read_text().strip(), room.token_key.read_text().strip(), "sha256")
        assert unit.confirm(code, amount, "U1")["Result"] == "30004"
        assert unit.ask("8641", {"PayCode": code, "ChgAgenCode": "320684002", "Reason": "x", "OperatorCode": ""})["Result"] == "30001"
        assert room.notice(code)["state"] == "unpaid"


def wrong_peers_get_nothing():
    """No answer, no effect: with the first kind of MAC an answer would give it away."""
    for kind in ("3des-token", "sha256"):
        with SocketRoom(kind) as room:
            room.ready()
            code, amount = room.issued()
            bank, other = room.bank(), room.bank(OTHER_BANK)
            good = bank.request("2612", bank.confirmation(code, amount, "W1"))
            body = good[23:-64]
            forged = [good[:-1] + (b"0" if good[-1:] != b"0" else b"1"),             # a digit of the MAC
                      frame("2612", body, ""), frame("2612", body, "0" * 64),
                      frame("2612", body, mac(kind, other.token, other.key, body)),  # another peer's token
                      frame("2612", message("2612", "D9999999999", "W2", [bank.confirmation(code, amount, "W2")]), good[-64:].decode()),
                      frame("2612", body, mac(kind, bank.token, bank.key, body)[:63]),
                      frame("2612", b"<CFX/>", mac(kind, bank.token, bank.key, b"<CFX/>")),
                      frame("2612", b"no xml", mac(kind, bank.token, bank.key, b"no xml"))]
            if kind == "sha256":
                changed = body.replace(b"<Reserve></Reserve>", b"<Reserve>1</Reserve>")
                forged.append(frame("2612", changed, good[-64:].decode()))
            for data in forged:
                assert call(room.server.socket, data) == b"", data[-80:]
            # Frames that are none.
            assert Answer(call(room.server.socket, bank.request("2601", {"PayCode": code, "BankOutlet": "1", "Operator": "甲"}))).number == "5603"
            for data in (b"00000087CNNONTAX1.02612" + b" " * 64, b"00000000" + good[8:], b"99999999" + good[8:], b"0000012x" + good[8:],
                         b"00000010" + good[8:], good[:8] + b"CNNONTAY" + good[16:], good[:16] + b"2.0" + good[19:], good[:19] + b"26a2" + good[23:],
                         good + b" ", b"POST / HTTP/1.1\r\n\r\n"):
                assert call(room.server.socket, data) == b"", data[:40]
            # The frame says one number, the document another: a known peer is told, nothing happens.
            other_number = Answer(call(room.server.socket, frame("2601", body, good[-64:].decode())))
            assert other_number["Result"] == "10001" and other_number["Hold1"] == "FAULT"
            unknown = bank.ask("2699", {"A": "1"})
            assert unknown["Result"] == "10002" and unknown["Hold1"] == "FAULT"
            state = room.server.state()
            assert state["payments"] == [] and room.notice(code)["state"] == "unpaid"
            results = [m["result"] for m in state["messages"]]
            assert results.count("20002") >= 5, "refused frames are logged"
            # In any pieces it is the same message.
            assert bank.confirm(code, amount, "W9", piece=1)["Result"] == "00000"
            assert "W9" in [p["trace_no"] for p in room.server.state()["payments"]]


def slow_strangers_do_not_stop_others():
    with SocketRoom() as room:
        room.ready()
        host, port = re.fullmatch(r"nontax://([^:]+):(\d+)", room.server.socket).groups()
        held = [socket.create_connection((host, int(port))) for _ in range(20)]
        for link in held:
            link.sendall(b"67000000CNNON")
        code, amount = room.issued()
        assert room.bank().confirm(code, amount, "S1")["Result"] == "00000"
        for link in held:
            link.close()


def off_by_default():
    with SocketRoom() as room:
        off = room.socket_desk("off", enabled="false")
        result = off.run("base-data", "refresh").expect(4)
        assert "site profile" in result.errors
        token = room.token
        os.chmod(token, 0o640)
        refused = room.desk.run("base-data", "refresh").expect(4)
        assert str(token) in refused.errors and token.read_text().strip() not in refused.errors
        os.chmod(token, 0o600)
        room.desk.run("base-data", "refresh").expect(0)
        secret = token.read_text()
        for wrong in ("short\n", "x" * 32 + "\n"):
            token.write_text(wrong)
            assert room.desk.run("base-data", "refresh").status in (3, 4)
        token.write_text(secret)
        token.rename(f"{token}.away")
        assert str(token) in room.desk.run("base-data", "refresh").expect(4).errors


def token_change():
    for kind in ("3des-token", "sha256"):
        with SocketRoom(kind) as room:
            room.ready()
            old = room.token.read_text().splitlines()[0]
            unit = Bank(room.server.socket, NODE, old, room.token_key.read_text().strip(), kind)
            trace = room.dir / "trace"
            room.desk.run("socket", "change-token", "--trace", trace).expect(0)
            new = room.token.read_text().splitlines()[0]
            assert len(new) == 32 and new != old and room.token.stat().st_mode & 0o777 == 0o600
            assert not Path(f"{room.token}.new").exists()
            for path in trace.iterdir():
                assert new not in path.read_text("gbk") and old not in path.read_text("gbk")
            # The old one is worth nothing, also for another change; the new one is agreed.
            assert call(room.server.socket, unit.request("8002", {"ClientVersion": "", "ClientTime": ""})) == b""
            assert call(room.server.socket, unit.request("2003", {"NewToken": kaibank.seal("A" * 32, unit.key), "Hold1": ""})) == b""
            code, amount = room.issued()
            # The answer is lost: the same change goes out again under the old token.
            room.server.ctl("fault", "drop-answer:2003")
            room.desk.run("socket", "change-token").expect(3)
            assert room.token.read_text().splitlines()[0] == new and Path(f"{room.token}.new").exists()
            assert Path(f"{room.token}.new").stat().st_mode & 0o777 == 0o600
            room.desk.run("socket", "change-token").expect(0)
            assert room.token.read_text().splitlines()[0] not in (old, new)
            room.desk.run("sync").expect(0)
            changes = [m for m in room.server.state()["messages"] if m["number"] == "2003" and m["result"] == "00000"]
            assert [m["repeated"] for m in changes] == [False, False, True]
            # A bank changes its own in the same way.
            bank = room.bank()
            fresh = "0123456789abcdefFEDCBA9876543210"
            assert bank.ask("2003", {"NewToken": kaibank.seal(fresh, bank.key), "Hold1": ""})["Result"] == "00000"
            assert call(room.server.socket, bank.request("2601", {"PayCode": code, "BankOutlet": "1", "Operator": "甲"})) == b""
            bank.token = fresh
            assert bank.query(code)["Amt"] == amount
            for wrong in ("0" * 64, "zz" * 32, kaibank.seal("short token", bank.key) if False else "00"):
                assert bank.ask("2003", {"NewToken": wrong, "Hold1": ""})["Result"] == "10003"
            assert bank.query(code)["Amt"] == amount


def soap_has_no_token():
    with SocketRoom() as room:
        room.ready()
        assert room.soap_desk(room.desk).run("socket", "change-token").expect(4).errors.strip()


if __name__ == "__main__":
    main([paid_at_a_counter_with_each_mac, whole_day_over_the_socket, one_store_over_both_transports, lost_and_cut_answers, a_push_while_waiting,
          counters_are_refused, lapsed_at_the_counter, paid_twice, counter_command, education_notices, only_who_may, wrong_peers_get_nothing,
          slow_strangers_do_not_stop_others, off_by_default, token_change, soap_has_no_token])
