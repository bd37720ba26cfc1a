#!/usr/bin/python3
"""A clerk's day from outside, in Chinese: issue, pay, see it paid, swap, see the e-bill, print to PDF. TAP on standard output.

Everything is done through AT-SPI alone, without a key or a mouse (test-keyboard.py does it by keys): what a screen reader cannot reach fails here.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
if not os.environ.get("DISPLAY"):
    print("1..0 # SKIP there is no display")
    sys.exit(0)

from desk_driver import Desk, choose_language, wait_for  # noqa: E402

NOTICES = "Payment notices"


class Day:
    def __init__(self, build):
        self.home = tempfile.mkdtemp(prefix="kaipiao-day-")
        self.desk = Desk(build, self.home, choose_language())
        self.codes = []

    def training_mode_opens(self):
        """The window signs in by itself and says unmistakably that it is training."""
        self.desk.wait_text(self.desk.translate(
            "TRAINING MODE – made-up data, nothing here is a real notice, payment or bill"), 60)
        self.desk.wait_base_data()

    def refusal_keeps_text(self):
        self.desk.press("New notice")
        self.desk.type("Payer", "张明远")
        self.desk.press("Save the notice")
        problem = wait_for("the problem", lambda: self.desk.entry("Mobile number").get_description())
        assert problem, "no problem beside the mobile number"
        payer = self.desk.entry("Payer").get_text_iface()
        assert payer.get_text(0, -1) == "张明远", "the refusal lost the payer"

    def notice_is_issued(self):
        item = self.desk.fixed_item()
        self.desk.type("Mobile number", "13812345678")
        self.desk.type("Charge item", item["code"])
        self.desk.press("Save the notice")
        self.desk.wait_text(self.desk.translate("The notice is issued"))
        notice = wait_for("the notice on the server",
                          lambda: next(iter(self.desk.ctl("state")["notices"]), None))
        self.codes.append(notice["payment_code"])
        assert notice["payer"] == "张明远", notice
        assert notice["amount"] == item["min"], notice

    def paid_is_seen(self):
        self.desk.go_to("Notices")
        self.desk.wait_cell(NOTICES, self.codes[0])
        self.desk.ctl("pay", self.codes[0])
        row = self.desk.wait_cell(NOTICES, self.desk.translate("Paid"))
        assert self.codes[0] in row[0], row

    def swap_gives_a_number(self):
        self.desk.select_rows(NOTICES, [0])
        self.desk.press("Swap")
        ebill = wait_for("the e-bill on the server",
                         lambda: next(iter(self.desk.ctl("state")["ebills"]), None))
        self.desk.wait_cell(NOTICES, ebill["number"])

    def ebill_is_genuine(self):
        self.desk.go_to("E-bills")
        self.desk.wait_cell("E-bills", "0000000001")
        # The file comes after the number.
        def verify():
            self.desk.select_rows("E-bills", [0])
            self.desk.press("Verify")
            return any(self.desk.translate(
                "genuine: both signatures, both certificates and all sums are right") in text
                for text in self.desk.texts())
        wait_for("the check of the e-bill", verify)

    def printing_to_pdf(self):
        before = set(os.listdir(self.documents()))
        self.desk.go_to("Notices")
        self.desk.select_rows(NOTICES, [0])
        self.desk.press("Print")
        self.desk.accept()
        name = wait_for("the PDF file", lambda: next(
            (n for n in os.listdir(self.documents()) if n.endswith(".pdf") and n not in before), None))
        path = os.path.join(self.documents(), name)
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True).stdout
        os.remove(path)
        assert "张明远" in text, "the payer is not on the paper"
        assert self.codes[0][:4] in text, "the payment code is not on the paper"

    @staticmethod
    def documents():
        return os.environ["HOME"]

    def nothing_waits(self):
        button = self.desk.find("Connection and waiting messages")
        wait_for("an empty outbox", lambda: self.desk.translate("nothing waiting")
                 in button.get_description())

    def server_ends_with_the_window(self):
        address = self.desk.ctl("state")["address"]
        port = int(address.rsplit(":", 1)[1].split("/")[0])
        self.desk.press("Close")
        assert self.desk.process.wait(20) == 0, "the window ended badly"

        def is_gone():
            import socket
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return False
            except OSError:
                return True
        wait_for("the end of the training server", is_gone)

    def close(self):
        if self.desk.process.poll() is None:
            self.desk.stop()
        shutil.rmtree(self.home, ignore_errors=True)


STEPS = [Day.training_mode_opens, Day.refusal_keeps_text, Day.notice_is_issued, Day.paid_is_seen,
         Day.swap_gives_a_number, Day.ebill_is_genuine, Day.printing_to_pdf, Day.nothing_waits,
         Day.server_ends_with_the_window]


def main():
    # A home of its own, so that printing "to the folder used last" has a known place.
    home = tempfile.mkdtemp(prefix="kaipiao-home-")
    os.environ["HOME"] = home
    print(f"1..{len(STEPS)}")
    failed = False
    day = None
    try:
        day = Day(sys.argv[1])
        for number, step in enumerate(STEPS, 1):
            if not failed:
                try:
                    step(day)
                except Exception as error:  # each step needs the one before it
                    failed = True
                    print(f"# {error}", flush=True)
                    if os.environ.get("KAIPIAO_TEST_PICTURE"):
                        subprocess.run(["import", "-window", "root", os.environ["KAIPIAO_TEST_PICTURE"]])
            print(f"{'not ok' if failed else 'ok'} {number} /clerks-day/{step.__name__}", flush=True)
    except Exception as error:
        print(f"Bail out! {error}")
        failed = True
    finally:
        if day:
            day.close()
        shutil.rmtree(home, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
