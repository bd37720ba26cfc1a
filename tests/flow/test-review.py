#!/usr/bin/env python3
"""Two people: a clerk writes, a reviewer approves or sends back, nobody checks their own. Roles. A new PIN for a key file."""
from kaiflow import CLERK, Desk, Room, compare, main

REVIEWER, ADMINISTRATOR = "32068400102", "32068400103"


class Office(Room):
    """A unit that asks for two people; both sit at one store."""

    def __init__(self, two_person=True):
        super().__init__()
        if two_person:
            self.server.ctl("limit", "two_person", "1")
        key, pin = self.server.issue_key(REVIEWER, self.dir)
        self.reviewer = Desk(self.server, self.desk.home, key, pin, REVIEWER)
        self.ready()
        # Who opens the store first lets the others in as soon as it is known who they are.
        self.reviewer.run("base-data", "show")
        self.desk.run("sync")


def approved():
    with Office() as office:
        waiting = office.new().expect(0)
        assert waiting["state"] == "to-check" and waiting["payment_code"] == "", waiting.text
        assert not office.server.state()["notices"] and not office.desk.notices()
        found = office.reviewer.run("notice", "to-check").expect(0)["reviews"]
        assert [r["payer"] for r in found] == ["王小明"] and found[0]["maker"] == CLERK, found
        done = office.reviewer.run("notice", "approve", waiting["review"]).expect(0)
        code = done["notices"][0]["payment_code"]
        assert len(code) == 20
        office.desk.run("sync").expect(0)
        compare(office.server, office.desk)
        assert office.server.state()["notices"][0]["payment_code"] == code
        # Only once.
        again = office.reviewer.run("notice", "approve", waiting["review"]).expect(1)
        assert again["problems"], again.text
        actions = [line["action"] for line in office.desk.run("log", "--limit", 50).expect(0)["lines"]]
        assert "review.submit" in actions and "review.approve" in actions, actions


def sent_back():
    with Office() as office:
        number = office.new().expect(0)["review"]
        office.reviewer.run("notice", "send-back", number).expect(2)
        back = office.reviewer.run("notice", "send-back", number, "--reason", "金额不对").expect(0)
        assert back["reviews"][0]["state"] == "sent-back", back.text
        assert office.desk.run("notice", "to-check").expect(0)["reviews"][0]["reason"] == "金额不对"
        office.reviewer.run("notice", "approve", number).expect(1)
        assert not office.server.state()["notices"]


def roles():
    with Office() as office:
        number = office.new().expect(0)["review"]
        # A clerk may not approve, not even their own; a reviewer may not write.
        office.desk.run("notice", "approve", number).expect(4)
        office.desk.run("notice", "send-back", number, "--reason", "x").expect(4)
        office.new(desk=office.reviewer).expect(4)
        office.reviewer.run("notice", "void", "32068426101000000011", "--reason", "x").expect(4)
        office.reviewer.run("ebill", "swap", "32068426101000000011").expect(4)


def new_pin():
    with Office(two_person=False) as office:
        fresh = office.dir / "new.pin"
        fresh.write_text("short\n")
        office.desk.run("certificate", "pin", "--new-pin-file", fresh).expect(4)
        office.desk.run("certificate", "show").expect(0)
        fresh.write_text("Neu-2027!x\n")
        office.desk.run("certificate", "pin", "--new-pin-file", fresh).expect(0)
        office.desk.run("certificate", "show").expect(4)
        office.desk.pin_file = fresh
        office.desk.run("certificate", "show").expect(0)
        # What was sealed before opens with the new PIN too.
        code = office.new().expect(0)["payment_code"]
        assert office.desk.run("notice", "show", code).expect(0)["payer"] == "王小明"


main([approved, sent_back, roles, new_pin])
