#!/usr/bin/python3
"""Batch issue from outside: a messy list is opened, a column's meaning chosen, a cell mended, three notices tried and refused by the server, mended and
tried again, then the rest. TAP on standard output. At the end every row must have been issued exactly once, at the server and in the store.
"""
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
if not os.environ.get("DISPLAY"):
    print("1..0 # SKIP there is no display")
    sys.exit(0)

from desk_driver import Atspi, Desk, choose_language, wait_for  # noqa: E402

ROWS = "Rows of the list"
N = 12
REFUSED = 3  # that the server refuses at first
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙", "明远思涵若溪梓轩雨桐一诺"


def identity(number):
    body = f"32068420{8 + number % 2:02d}0{1 + number % 9}1{number % 9}{number:03d}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS)) % 11]


def name(number):
    return SURNAMES[number] + GIVEN[number] + GIVEN[(number + 5) % 12]


def write_list(path):
    """A title above the header, an unnamed amount, a wrong mobile number, totals at the end."""
    with open(path, "w", encoding="gb18030", newline="") as file:
        file.write("某某中学2026年秋季收费名单,,,,,,\r\n,,,,,,\r\n")
        file.write("序,班级,姓名,身份证,家长电话,费用,学期\r\n")
        for i in range(N):
            mobile = "1381234" if i == 4 else f"138{12340000 + i:08d}"
            file.write(f"{i + 1},高一({1 + i // 6})班,{name(i)},{identity(i)},{mobile},850,2026-2027-1\r\n")
        file.write(f",,合计,,,{850 * N},\r\n")


class Flow:
    def __init__(self, build):
        self.home = tempfile.mkdtemp(prefix="kaipiao-import-")
        self.list = os.path.join(self.home, "名单.csv")
        write_list(self.list)
        self.desk = Desk(build, self.home, choose_language(), arguments=("--training", self.list))

    def cells(self, part):
        """The row of the grid with that text; the table is never copied whole."""
        return self.desk.wait_cell(ROWS, part)

    def go(self, row, column):
        """The cursor goes by keys, as a clerk's would."""
        self.desk.table(ROWS).get_component_iface().grab_focus()
        self.desk.key("Home", *["Left"] * 12, *["Down"] * row, *["Right"] * column)

    # ---- Steps

    def list_opens(self):
        self.desk.wait_base_data()
        self.desk.find("Which rows are shown")
        row = self.cells(name(0))
        assert any(identity(0) in cell for cell in row), row
        assert self.desk.translate("Good") not in row, "an amount without an item cannot be good"

    def meaning_is_chosen(self):
        """An amount whose charge item nobody knows."""
        self.go(0, 8)
        self.desk.key("F4")
        item = self.first_item()
        label = self.desk.translate("Item: %s") % item["name"]

        def choice():
            return next((node for node in self.desk.walk(self.desk.app)
                         if node.get_name() == label
                         and node.get_role() == Atspi.Role.LIST_ITEM), None)
        node = wait_for(label, choice)
        node.get_component_iface().grab_focus()
        self.desk.key("Return")
        wait_for("good rows", lambda: sum(
            self.desk.translate("Good") in row for row in self.desk.rows(ROWS)) == N - 1)

    def first_item(self):
        return next(item for item in self.desk.items() if item["min"] == "850.00")

    def cell_is_mended(self):
        self.desk.table(ROWS).get_component_iface().grab_focus()
        self.desk.key("F8")
        self.desk.key("F2")
        self.desk.key("ctrl+a")
        subprocess.run(["xdotool", "type", "--delay", "40", "13812340004"], check=True)
        self.desk.key("Return")
        wait_for("all rows good", lambda: sum(
            self.desk.translate("Good") in row for row in self.desk.rows(ROWS)) == N)

    def notices(self):
        return self.desk.ctl("state")["notices"]

    def set_standard(self, fen):
        """What the bureau allows, beside what the desk knows of it."""
        path = os.path.join(self.home, "training", "server", "sandbox.db")
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as store, store:
            store.execute("UPDATE item SET min = ?, max = ? WHERE code = ?", (fen, fen, self.item))

    def count_state(self, state):
        wanted = self.desk.translate(state)
        return sum(any(cell.split(" ")[-1] == wanted or cell.endswith(wanted) for cell in row[:3])
                   for row in self.desk.rows(ROWS))

    def server_refuses(self):
        """Three rows come back; they can be saved to be mended elsewhere."""
        self.item = self.first_item()["code"]
        self.set_standard(90000)
        self.desk.key("ctrl+t")
        wait_for("refused rows", lambda: self.count_state("refused") == REFUSED)
        assert self.notices() == []
        wait_for("the bad rows can be saved", lambda: self.desk.find("Save the rows to mend…").get_state_set()
                 .contains(Atspi.StateType.SENSITIVE))

    def refused_row_is_mended(self):
        """What was changed is as if it had never been sent."""
        self.set_standard(85000)
        self.go(0, 7)
        self.desk.key("F2")
        self.desk.key("ctrl+a")
        subprocess.run(["xdotool", "type", "--delay", "40", "13912340000"], check=True)
        self.desk.key("Return")
        wait_for("one refused row less", lambda: self.count_state("refused") == REFUSED - 1)
        assert self.desk.rows(ROWS)[0][7] == "13912340000", self.desk.rows(ROWS)[0]

    def three_are_tried(self):
        self.desk.key("ctrl+t")
        wait_for("three notices at the server", lambda: len(self.notices()) == 3)
        wait_for("three accepted rows", lambda: self.count_results() == 3)

    def count_results(self):
        accepted = self.desk.translate("accepted")
        before = self.desk.translate("issued before")
        return sum(any(accepted == cell.split(" ")[-1] or cell.endswith(accepted)
                       or cell.endswith(before) for cell in row)
                   for row in self.desk.rows(ROWS))

    def the_rest_follows(self):
        self.desk.key("ctrl+shift+i")
        wait_for("all notices at the server", lambda: len(self.notices()) == N)
        wait_for("all rows accepted", lambda: self.count_results() == N)

    def each_row_once(self):
        notices = self.notices()
        assert len(notices) == N, notices
        assert sorted(n["payer"] for n in notices) == sorted(name(i) for i in range(N)), notices
        assert len({n["payment_code"] for n in notices}) == N, notices
        assert all(n["amount"] == "850.00" for n in notices), notices
        # The list of notices shows the same: each name in one row.
        self.desk.key("alt+1")
        self.desk.wait_cell("Payment notices", notices[0]["payment_code"][:4])
        wait_for("the list of notices, with those that were refused",
                 lambda: len(self.desk.rows("Payment notices")) == N + REFUSED)

    def nothing_is_left(self):
        """Nothing of the list can be issued a second time."""
        self.desk.key("alt+5")
        button = self.desk.find("Issue all ticked", lambda node: node.get_action_iface() is not None)
        wait_for("nothing left to issue",
                 lambda: not button.get_state_set().contains(Atspi.StateType.SENSITIVE))
        assert len(self.notices()) == N

    def unpaid_are_listed(self):
        """Nobody has paid yet; the list of rows is there again afterwards."""
        self.desk.key("shift+F7")
        self.desk.find("Tell again")
        wait_for("the unpaid", lambda: len(self.desk.rows("Not paid")) == N)
        assert sorted(row[1] for row in self.desk.rows("Not paid")) == sorted(name(i) for i in range(N))
        self.desk.key("Escape")
        self.cells(name(0))

    def window_closes(self):
        self.desk.key("ctrl+q")
        assert self.desk.process.wait(20) == 0, "the window ended badly"

    def close(self):
        if self.desk.process.poll() is None:
            self.desk.stop()
        shutil.rmtree(self.home, ignore_errors=True)


STEPS = [Flow.list_opens, Flow.meaning_is_chosen, Flow.cell_is_mended, Flow.server_refuses,
         Flow.refused_row_is_mended, Flow.three_are_tried, Flow.the_rest_follows, Flow.each_row_once, Flow.nothing_is_left, Flow.unpaid_are_listed,
         Flow.window_closes]


def main():
    os.environ["G_DEBUG"] = "fatal-warnings"
    print(f"1..{len(STEPS)}")
    failed = False
    flow = None
    try:
        flow = Flow(sys.argv[1])
        for number, step in enumerate(STEPS, 1):
            if not failed:
                try:
                    step(flow)
                except Exception as error:  # each step needs the one before it
                    failed = True
                    print(f"# {type(error).__name__}: {error}", flush=True)
                    if os.environ.get("KAIPIAO_TEST_PICTURE"):
                        subprocess.run(["import", "-window", "root", os.environ["KAIPIAO_TEST_PICTURE"]])
            print(f"{'not ok' if failed else 'ok'} {number} /import-flow/{step.__name__}", flush=True)
    except Exception as error:
        print(f"Bail out! {error}")
        failed = True
    finally:
        if flow:
            flow.close()
    return 1 if failed else 0


sys.exit(main())
