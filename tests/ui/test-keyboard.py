#!/usr/bin/python3
"""The main flow with nothing but keys, as they come from a keyboard: sign in, new notice, save, paid at the server, swap, print. Then a crash: what was being
typed comes back. TAP on standard output.

Nothing is clicked and no widget is told anything: AT-SPI is only read.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
if not os.environ.get("DISPLAY"):
    print("1..0 # SKIP there is no display")
    sys.exit(0)

from desk_driver import Desk, Missing, wait_for  # noqa: E402

NOTICES = "Payment notices"
CLERK = "32068400101"


class Keys:
    def __init__(self, build):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="kaipiao-keys-")
        self.home = os.path.join(self.dir, "home")
        self.server = os.path.join(self.dir, "server")
        self.sandbox = os.path.join(build, "sandbox", "kaipiao-sandbox")
        self.process = subprocess.Popen(
            [self.sandbox, "--dir", self.server, "--demo-data", "--print-ready"], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]
        self.key_file = os.path.join(self.dir, "clerk.p12")
        pin = os.path.join(self.dir, "clerk.pin")
        with open(pin, "w", encoding="utf-8") as file:
            file.write("Geheim-2026\n")
        self.ctl("issue-key", CLERK, "-o", self.key_file, "--pin-file", pin)
        self.desk = self.start()

    def start(self):
        return Desk(self.build, self.home, "en", arguments=(
            "--server", self.url, "--key", f"file:{self.key_file}", "--trust", os.path.join(self.server, "ca.pem")))

    def ctl(self, *arguments):
        return subprocess.run([self.sandbox, "ctl", "--dir", self.server, *arguments], capture_output=True, text=True,
                              check=True).stdout

    def state(self):
        import json
        return json.loads(self.ctl("state"))

    def type(self, text, name=None):
        """xdotool lends a key to each Chinese character and now and then takes it back too early: looked at, and typed anew."""
        self.desk.focus()
        for _ in range(5):
            subprocess.run(["xdotool", "type", "--delay", "40", text], check=True)
            if not name:
                return
            try:
                wait_for("the text", lambda: self.text(name) == text, 2)
                return
            except Missing:
                self.desk.key("ctrl+a", "BackSpace")
        raise Missing(f"“{text}” did not arrive")

    def text(self, name):
        return self.desk.entry(name).get_text_iface().get_text(0, -1)

    def focused(self, name):
        """Waits until the widget of that name has the focus."""
        from gi.repository import Atspi
        return wait_for(f"the focus in “{name}”", lambda: self.desk.look(
            name, lambda node: node.get_state_set().contains(Atspi.StateType.FOCUSED)))

    def sign_in(self):
        """The focus waits in the PIN."""
        self.focused("PIN")
        self.type("Geheim-2026")
        self.desk.key("Return")
        self.desk.wait_base_data()
        self.desk.find("Find any number, name or command")

    def empty_list_takes_keys(self):
        """The list of notices is empty and not even shown: the keys go where something can be seen."""
        self.desk.key("alt+1")
        self.desk.find("No notices yet")
        self.desk.key("Tab")
        self.desk.find("Write a notice")

    def new_notice(self):
        self.desk.key("ctrl+n")
        self.focused("Payer")
        self.type("张明远", "Payer")
        self.desk.key("Return")
        self.focused("Identity number")
        self.desk.key("Return")
        self.focused("Mobile number")
        self.type("13812345678", "Mobile number")
        self.desk.key("Return", "Return", "Return", "Return")
        self.focused("Charge item")
        # By initials, from the list below the entry.
        self.type("gzxf")
        wait_for("a suggestion", lambda: self.desk.look("Suggestions"))
        self.desk.key("Down", "Return")
        self.focused("Quantity")

    def save(self):
        self.desk.key("ctrl+s")
        self.desk.wait_text("The notice is issued")
        self.notice = wait_for("the notice on the server", lambda: next(iter(self.state()["notices"]), None))
        assert self.notice["payer"] == "张明远", self.notice
        assert self.notice["amount"] == "850.00", self.notice

    def pay(self):
        self.ctl("pay", self.notice["payment_code"])
        self.desk.key("alt+1")
        self.desk.wait_cell(NOTICES, "Paid")

    def swap(self):
        self.desk.key("Home", "space", "ctrl+e")
        ebill = wait_for("the e-bill on the server", lambda: next(iter(self.state()["ebills"]), None))
        self.desk.wait_cell(NOTICES, ebill["number"])

    def print_to_pdf(self):
        folder = os.environ["HOME"]
        self.desk.key("ctrl+shift+p")
        wait_for("the PDF file", lambda: any(n.endswith(".pdf") for n in os.listdir(folder)))

    def find_anything(self):
        self.desk.key("ctrl+k")
        self.focused("Find anything")
        self.type("zmy")
        wait_for("the notice among the hits", lambda: any("**" in t and "张" in t or "张明远" in t for t in self.desk.texts() if t))
        self.desk.key("Escape")

    def crash_keeps_draft(self):
        """Killed in the middle: what was typed is there again."""
        self.desk.key("ctrl+n")
        self.focused("Payer")
        self.type("欧阳若溪", "Payer")
        self.desk.key("Return", "Return")
        self.type("1391234", "Mobile number")
        # What the store holds cannot be seen from here: the draft's write-ahead log grows.
        wal = os.path.join(self.home, "kaipiao.db-wal")
        size = os.path.getsize(wal) if os.path.exists(wal) else 0
        stamp = os.stat(wal).st_mtime_ns
        self.type("5")
        wait_for("the draft to be written", lambda: os.stat(wal).st_mtime_ns != stamp or os.path.getsize(wal) != size)
        self.desk.process.send_signal(signal.SIGKILL)
        self.desk.process.wait()
        self.desk = self.start()
        self.sign_in()
        self.desk.key("alt+2")
        payer = self.desk.entry("Payer").get_text_iface()
        assert payer.get_text(0, -1) == "欧阳若溪", payer.get_text(0, -1)
        assert self.desk.entry("Mobile number").get_text_iface().get_text(0, -1).startswith("1391234")

    def pulling_the_key_locks(self):
        """The key goes: locked, and the form is still there when it is back."""
        away = self.key_file + ".away"
        os.rename(self.key_file, away)
        self.focused("PIN to unlock")
        assert not self.desk.look("Payer"), "the form can be seen while the window is locked"
        self.desk.key("alt+1")
        self.type("Wrong-0000")
        self.desk.key("Return")
        os.rename(away, self.key_file)
        wait_for("a refusal", lambda: self.desk.entry("PIN to unlock").get_description())
        self.focused("PIN to unlock")
        self.type("Geheim-2026")
        self.desk.key("Return")
        payer = self.desk.entry("Payer").get_text_iface()
        assert payer.get_text(0, -1) == "欧阳若溪"

    def close(self):
        if self.desk.process.poll() is None:
            self.desk.stop()
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.dir, ignore_errors=True)


STEPS = [Keys.sign_in, Keys.empty_list_takes_keys, Keys.new_notice, Keys.save, Keys.pay, Keys.swap, Keys.print_to_pdf, Keys.find_anything,
         Keys.crash_keeps_draft, Keys.pulling_the_key_locks]


def main():
    home = tempfile.mkdtemp(prefix="kaipiao-home-")
    os.environ["HOME"] = home
    print(f"1..{len(STEPS)}")
    failed = False
    keys = None
    try:
        keys = Keys(sys.argv[1])
        for number, step in enumerate(STEPS, 1):
            if not failed:
                try:
                    step(keys)
                except Exception as error:  # each step needs the one before it
                    failed = True
                    print(f"# {error}", flush=True)
                    if os.environ.get("KAIPIAO_TEST_PICTURE"):
                        subprocess.run(["import", "-window", "root", os.environ["KAIPIAO_TEST_PICTURE"]])
            print(f"{'not ok' if failed else 'ok'} {number} /keyboard/{step.__name__}", flush=True)
    except Exception as error:
        print(f"Bail out! {error}")
        failed = True
    finally:
        if keys:
            keys.close()
        shutil.rmtree(home, ignore_errors=True)
    return 1 if failed else 0


sys.exit(main())
