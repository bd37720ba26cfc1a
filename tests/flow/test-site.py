#!/usr/bin/env python3
"""What a site may choose without a new program: fields, message numbers, the code rule, node codes, names of algorithms, the MAC of the socket."""
import base64
from pathlib import Path

from lxml import etree

from kaiflow import CTL, Desk, Room, compare, main, run

DS = "{http://www.w3.org/2000/09/xmldsig#}"


class Site(Room):
    """Server and desk with the same site files."""

    def __init__(self, profile="", messages=""):
        super().__init__()
        self.server.stop()
        self.desk.home.mkdir(mode=0o700, exist_ok=True)
        for folder in (self.server.dir, self.desk.home):
            if profile:
                (folder / "site-profile.ini").write_text(profile)
            if messages:
                (folder / "messages.tsv").write_text(messages)
        self.server.start()

    def issue(self, **options):
        """One notice, paid and known as paid here; the requests and answers as trees."""
        self.ready()
        trace = self.dir / "trace"
        code = self.new("--trace", trace, **options).expect(0)["payment_code"]
        self.server.ctl("pay", code)
        self.desk.run("sync", "--trace", trace).expect(0)
        assert self.desk.notices()[0]["state"] == "paid"
        compare(self.server, self.desk)
        return code, [etree.parse(str(p)) for p in sorted(trace.glob("*.xml"))]


def vouchers(tree):
    return [etree.fromstring(base64.b64decode(v.text)) for v in tree.iterfind(".//VoucherBody/Voucher")]


def numbers(trees):
    return [t.findtext(".//MsgNo") for t in trees]


def a_field_more():
    row = "8994\tVoucher\tSchoolYear\t学年\tString\t0\t9\tO\tours: a field of this site\n"
    with Site(messages=row) as site:
        _, trees = site.issue()
        notice = next(vouchers(t)[0] for t in trees if t.findtext(".//MsgNo") == "8994")
        assert notice[-1].tag == "SchoolYear" and not notice[-1].text
        for what in (("protocol", "reference"), ("protocol", "xsd", "8994")):
            text = run([CTL, *what, "--home", site.desk.home, "--json"]).expect(0)["text"]
            assert "SchoolYear" in text
            assert "SchoolYear" not in run([CTL, *what, "--home", site.dir / "none", "--json"]).expect(0)["text"]


def a_longer_field():
    row = "8994\tVoucher\tPayerName\t缴款人\tGBString\t1\t4\tM\tours: four bytes\n"
    with Site(messages=row) as site:
        site.issue(payer="王明")
        refused = site.new(payer="王小明")
        assert refused.status != 0 and "PayerName" in refused.errors, refused.errors


def another_number():
    rows = "8994\t=>\t9994\t缴款通知书\t\t\t\t\tthis site's number\n5001\t=>\t9001\t回执\t\t\t\t\tthis site's number\n"
    with Site(messages=rows) as site:
        _, trees = site.issue()
        seen = numbers(trees)
        assert "9994" in seen and "9001" in seen and "8994" not in seen and "5001" not in seen, seen
        request = next(t for t in trees if t.findtext(".//MsgNo") == "9994")
        assert request.find(".//VoucherBody").get("VtCode") == "9994"


def another_code_rule():
    profile = "[payment-code]\nfixed=30\nassigner-digits=0\nsequence-digits=10\ncheck-digit=none\n"
    with Site(profile) as site:
        code, _ = site.issue()
        assert len(code) == 20 and code.startswith("320684") and code[8:10] == "30", code


def other_nodes():
    with Site("[messages]\nfinance-node=F32FINANCE\nclient-node=K32DESK01\n") as site:
        _, trees = site.issue()
        for tree in trees:
            nodes = tree.findtext(".//SRC"), tree.findtext(".//DES")
            assert sorted(nodes) == ["F32FINANCE", "K32DESK01"], nodes


def other_names_of_algorithms():
    names = "[signatures]\nsm2=urn:example:sm2-with-sm3\nsm3=urn:example:sm3\n"
    with Site(names) as site:
        _, trees = site.issue()
        for tree in trees:
            assert tree.find(f".//{DS}SignatureMethod").get("Algorithm") == "urn:example:sm2-with-sm3"
            assert {n.get("Algorithm") for n in tree.iter(f"{DS}DigestMethod")} == {"urn:example:sm3"}
        # Whoever uses the standard names is not understood here, and the other way round.
        other = Desk(site.server, site.dir / "standard", site.key, site.pin_file)
        refused = other.run("base-data", "refresh")
        assert refused.status != 0 and refused.errors.strip()
    with Room() as room:
        room.desk.home.mkdir(mode=0o700)
        (room.desk.home / "site-profile.ini").write_text(names)
        assert room.desk.run("base-data", "refresh").status != 0


def wrong_files_are_named():
    with Room() as room:
        room.desk.home.mkdir(mode=0o700)
        for name, text in (("messages.tsv", "8994\tVoucher\tX\n"), ("messages.tsv", "8994\t=>\t5001\t\t\t\t\t\t\n"),
                           ("site-profile.ini", "[signatures]\nsm2=http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\n"),
                           ("site-profile.ini", "[signatures]\nsm2=urn:a\nsm3=urn:a\n")):
            (room.desk.home / name).write_text(text)
            result = room.desk.run("base-data", "refresh")
            assert result.status != 0 and name in result.errors, (name, result.errors)
            (room.desk.home / name).unlink()


def reference_is_current():
    """docs/messages.md is what the catalogue says; written anew with `kaipiaoctl protocol reference > docs/messages.md`."""
    with Room() as room:
        text = run([CTL, "protocol", "reference", "--home", room.dir / "none", "--json"]).expect(0)["text"]
    assert text == (Path(__file__).parents[2] / "docs/messages.md").read_text(encoding="utf-8"), "docs/messages.md is not current"


if __name__ == "__main__":
    main([a_field_more, a_longer_field, another_number, another_code_rule, other_nodes, other_names_of_algorithms,
          wrong_files_are_named, reference_is_current])
