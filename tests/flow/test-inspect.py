#!/usr/bin/env python3
"""kaipiaoctl inspect over the trace of a real day: what it shows, what it hides, and what it finds in changed copies."""
import re
import shutil

from kaiflow import CLERK, CTL, Room, main, run

PAYER, IDENTITY, MOBILE, MEMO = "欧阳若溪", "11010519491231002X", "13812345678", "欧阳若溪 的姐姐"


class Day(Room):
    """One notice issued, paid and swapped, with a trace."""

    def __enter__(self):
        self.ready()
        self.trace = self.dir / "trace"
        item = self.item("fixed")
        code = self.desk.run("notice", "new", "--payer", PAYER, "--kind", "person", "--mobile", MOBILE, "--id", IDENTITY,
                             "--memo", MEMO, "--item", f"{item['code']}:1", "--trace", self.trace).expect(0)["payment_code"]
        self.server.ctl("pay", code)
        self.desk.run("sync", "--trace", self.trace).expect(0)
        self.desk.run("ebill", "swap", code, "--trace", self.trace).expect(0)
        self.code = code
        return self

    def inspect(self, *args, json_output=True):
        command = [CTL, "inspect", *args, "--home", self.dir / "none", "--trust", self.server.trust]
        return run(command + (["--json"] if json_output else []))

    def find(self, number, kind="request"):
        """The trace's file with the first message of that number."""
        for path in sorted(self.trace.glob("*-request.xml" if kind == "request" else "*-response.xml")):
            if f"<MsgNo>{number}</MsgNo>" in path.read_text():
                return path
        raise AssertionError(f"no {number} in the trace")


def failed(result):
    return [c for c in result["checks"] if c["state"] == "failed"]


def field(result, path):
    return next(f for f in result["fields"] if f["path"] == path)


def whole_trace_is_good():
    with Day() as day:
        files = sorted(day.trace.glob("*.xml"))
        assert len(files) >= 12
        result = day.inspect(*files).expect(0)
        assert [f["file"] for f in result["files"]] == [str(f) for f in files]
        for report in result["files"]:
            assert report["ok"] and not failed(report), report
            assert report["kind"] == ("request" if report["file"].endswith("-request.xml") else "answer")
            assert report["meaning"], report["number"]
            # The request was found beside its answer.
            assert all(c["state"] == "passed" for c in report["checks"]), report
            assert {"Body", "Timestamp", "MessageID", "To", "Action"} <= set(report["covers"])
        notice = next(r for r in result["files"] if r["number"] == "8994")
        assert f"UID={CLERK}" in notice["signer"]
        assert field(notice, "1/PayCode")["value"] == day.code and field(notice, "1/PayCode")["name"] == "缴款码"
        pushed = next(f for r in result["files"] for f in r["fields"] if f["path"].endswith("/Content/PayCode"))
        assert pushed["value"] == day.code


def personal_data_only_when_asked_for():
    with Day() as day:
        files = sorted(day.trace.glob("*.xml"))
        for as_json in (True, False):
            masked = day.inspect(*files, json_output=as_json)
            assert masked.status == 0
            for secret in (PAYER, IDENTITY, MOBILE, MEMO):
                assert secret not in masked.text + masked.errors, secret
            shown = day.inspect(*files, "--show-personal", json_output=as_json)
            for secret in (PAYER, IDENTITY, MOBILE, MEMO):
                assert secret in shown.text, secret
        notice = day.inspect(day.find("8994")).expect(0)
        assert field(notice, "1/PayerName") == {"path": "1/PayerName", "tag": "PayerName", "name": "缴(付)款人全称", "value": "欧**",
                                                "hidden": True}
        assert field(notice, "1/Amt")["hidden"] is False


def changed_copies_name_their_check():
    with Day() as day:
        request = day.find("8994")
        text = request.read_text()
        other = re.search(r'DigestValue>([^<]+)<', day.find("8902").read_text()).group(1)
        rows = [
            ("digests", text.replace("<SRC>", "<SRC>X", 1)),
            ("value", re.sub(r"(DigestValue>)[^<]+", rf"\g<1>{other}", text, count=1)),
            ("structure", re.sub(r"<wsse:Security.*</wsse:Security>", "", text)),
            ("structure", text.replace("</soap:Header>", "<x><soap:Body/></x></soap:Header>")),
            ("algorithm", re.sub(r'(SignatureMethod Algorithm=")[^"]+', r"\g<1>http://www.w3.org/2000/09/xmldsig#hmac-sha1", text)),
            ("xml", text[: len(text) // 2]),
            ("xml", "<!DOCTYPE x [<!ENTITY e 'x'>]>" + text),
        ]
        for check, changed in rows:
            copy = day.dir / "copy.xml"
            copy.write_text(changed)
            result = day.inspect(copy).expect(5 if check == "xml" else 1)
            assert failed(result)[0]["name"] == check, (check, failed(result))
            assert re.fullmatch(r"\d{5}", failed(result)[0]["result"]) and failed(result)[0]["detail"]
            assert not result["ok"]
            for secret in (PAYER, IDENTITY, MOBILE, MEMO):
                assert secret not in result.text


def answers_to_something_else():
    with Day() as day:
        answer = day.find("5001", "answer")
        request = day.trace / answer.name.replace("response", "request")
        copy = day.dir / "elsewhere.xml"
        shutil.copy(answer, copy)
        # Alone there is nothing to compare it with.
        alone = day.inspect(copy).expect(0)
        assert {c["name"]: c["state"] for c in alone["checks"]}["relates-to"] == "skipped"
        day.inspect(copy, "--answer-to", request).expect(0)
        wrong = day.inspect(copy, "--answer-to", day.find("8981")).expect(1)
        assert [c["name"] for c in failed(wrong)] == ["relates-to", "reference"], failed(wrong)
        assert [c["result"] for c in failed(wrong)] == ["20026", "20027"]


def another_time_and_other_roots():
    with Day() as day:
        request = day.find("8994")
        late = day.inspect(request, "--at", "2027-01-01T00:00:00Z").expect(1)
        assert failed(late)[0]["name"] == "time" and failed(late)[0]["result"] == "20008"
        with Room() as other:
            result = run([CTL, "inspect", request, "--home", day.dir / "none", "--trust", other.server.trust, "--json"]).expect(1)
            assert [c["name"] for c in failed(result)] == ["chain"]
        none = run([CTL, "inspect", request, "--home", day.dir / "none", "--json"]).expect(1)
        assert [c["name"] for c in failed(none)] == ["chain"]


def what_cannot_be_read():
    with Day() as day:
        empty, picture = day.dir / "empty.xml", day.dir / "picture.png"
        empty.write_bytes(b"")
        picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 10)
        page = day.dir / "page.html"
        page.write_text("<html><body>Sign in</body></html>")
        for path in (empty, picture, page):
            result = day.inspect(path).expect(5)
            assert result["kind"] == "unreadable" and not result["ok"]
        missing = day.inspect(day.dir / "missing.xml").expect(5)
        assert "missing.xml" in missing["message"]
        day.inspect().expect(2)
        day.inspect(day.find("8994"), "--at", "yesterday").expect(2)
        for path in (day.dir / "none").glob("*"):
            raise AssertionError(f"inspecting made {path}")


if __name__ == "__main__":
    main([whole_trace_is_good, personal_data_only_when_asked_for, changed_copies_name_their_check, answers_to_something_else,
          another_time_and_other_roots, what_cannot_be_read])
