"""Drives the real window from outside: widgets through AT-SPI, keys through xdotool.

Used by the run of a clerk's day (test-clerks-day.py) and by scripts/screenshots. Names are looked up by their English
source text and found in whatever language the window speaks.
"""
import gettext
import json
import locale
import os
import signal
import subprocess
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

DEADLINE = 60.0


class Missing(Exception):
    """What was waited for did not come."""


def wait_for(what, condition, deadline=DEADLINE):
    """Asks until @condition returns something true; that is the result."""
    end = time.monotonic() + deadline
    while True:
        try:
            result = condition()
        except GLib.Error:  # a widget went away between finding it and asking it
            result = None
        if result:
            return result
        if time.monotonic() > end:
            raise Missing(f"{what} did not come within {deadline:.0f} s")
        time.sleep(0.05)


def choose_language():
    """Chinese where the system has the locale (scripts/test makes it), English otherwise."""
    try:
        locale.setlocale(locale.LC_ALL, "zh_CN.UTF-8")
        return "zh_CN"
    except locale.Error:
        print("# there is no locale zh_CN.UTF-8: in English")
        return "en"


def items_of(state):
    """What the clerk's unit may collect, by the server's state."""
    unit = next(user["unit"] for user in state["users"] if "clerk" in user["roles"])
    return [item for item in state["items"] if unit in item["units"]]


class Desk:
    def __init__(self, build, home, language="en", arguments=("--training",), log=None):
        self.build = build
        self.home = home
        environment = dict(os.environ, GSETTINGS_BACKEND="memory", NO_AT_BRIDGE="0", G_DEBUG="fatal-warnings")
        if language == "zh_CN":
            environment.update(LANG="zh_CN.UTF-8", LC_ALL="zh_CN.UTF-8", LANGUAGE="zh_CN")
            self.translate = gettext.translation(
                "kaipiao", os.path.join(build, "po"), languages=["zh_CN"]).gettext
        else:
            environment.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", LANGUAGE="en")
            self.translate = lambda text: text
        self.process = subprocess.Popen(
            [os.path.join(build, "app", "kaipiao"), "--home", home, *arguments],
            env=environment, stderr=log)
        self.app = wait_for("the program", self._find_app)
        self.window = wait_for("the window", self._find_window)

    # ---- the program

    def _find_app(self):
        if self.process.poll() is not None:
            raise Missing(f"the program ended with status {self.process.returncode}")
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            app = desktop.get_child_at_index(i)
            if app and app.get_process_id() == self.process.pid:
                return app
        return None

    def _find_window(self):
        return self.app.get_child_at_index(0) if self.app.get_child_count() else None

    def window_id(self):
        return wait_for("the X window", lambda: subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
            capture_output=True, text=True).stdout.split())[-1]

    def focus(self):
        subprocess.run(["xdotool", "windowfocus", "--sync", self.window_id()], check=True)

    def key(self, *keys):
        """Real key events, for example key("ctrl+n")."""
        self.focus()
        subprocess.run(["xdotool", "key", "--delay", "30", *keys], check=True)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    # ---- widgets

    def walk(self, node=None, depth=0):
        node = node or self.window
        yield node
        if depth > 40 or node.get_role() == Atspi.Role.TABLE:
            return
        for i in range(node.get_child_count()):
            child = node.get_child_at_index(i)
            if child:
                yield from self.walk(child, depth + 1)

    def look(self, name, fits=lambda node: True):
        """The widget on show with that accessible name (English source text), or None."""
        wanted = self.translate(name)
        for node in self.walk():
            if (node.get_name() == wanted and fits(node)
                    and node.get_state_set().contains(Atspi.StateType.SHOWING)):
                return node
        return None

    def find(self, name, fits=lambda node: True, deadline=DEADLINE):
        return wait_for(f"“{name}”", lambda: self.look(name, fits), deadline)

    # In Chinese a field and the label before it may have the same name.

    def entry(self, name):
        return self.find(name, lambda node: node.get_state_set().contains(Atspi.StateType.EDITABLE))

    def table(self, name):
        return self.find(name, lambda node: node.get_role() == Atspi.Role.TABLE)

    def type(self, name, text):
        node = self.entry(name)
        node.get_editable_text_iface().set_text_contents(text)
        return node

    def press(self, name):
        node = self.find(name, lambda found: found.get_action_iface() is not None)
        wait_for(f"“{name}” sensitive",
                 lambda: node.get_state_set().contains(Atspi.StateType.SENSITIVE))
        node.get_action_iface().do_action(0)

    def accept(self):
        """Presses the default button of the file chooser, whatever the toolkit calls it."""
        def find_button():
            return next((node for window in self.windows() if window.get_role() == Atspi.Role.FILE_CHOOSER
                         for node in self.walk(window)
                         if node.get_state_set().contains(Atspi.StateType.IS_DEFAULT)
                         and node.get_state_set().contains(Atspi.StateType.SENSITIVE)), None)
        wait_for("the button of the file chooser", find_button).get_action_iface().do_action(0)

    def windows(self):
        return [self.app.get_child_at_index(i) for i in range(self.app.get_child_count())]

    def go_to(self, page):
        """Chooses a page in the sidebar."""
        pages = self.find("Pages", lambda node: node.get_role() == Atspi.Role.LIST_BOX)
        names = [pages.get_child_at_index(i).get_name() for i in range(pages.get_child_count())]
        pages.get_selection_iface().select_child(names.index(self.translate(page)))

    def texts(self):
        """Everything that can be read on the window now."""
        return wait_for("a window that holds still", self._read_texts)

    def _read_texts(self):
        found = []
        for node in self.walk():
            if not node.get_state_set().contains(Atspi.StateType.SHOWING):
                continue
            found.append(node.get_name())
            text = node.get_text_iface()
            if text:
                found.append(Atspi.Text.get_text(text, 0, -1))
        return found

    def wait_text(self, part, deadline=DEADLINE):
        return wait_for(f"the text “{part}”", lambda: next(
            (text for text in self.texts() if text and part in text), None), deadline)

    @staticmethod
    def cell_text(cell):
        """A cell with icon and text has the text in a child."""
        parts = [cell.get_name()]
        parts += [cell.get_child_at_index(i).get_name() for i in range(cell.get_child_count())]
        return " ".join(part for part in parts if part)

    def rows(self, table_name):
        """The cells of a list as texts."""
        return wait_for("a list that holds still", lambda: self._read_rows(table_name))[0]

    def _read_rows(self, table_name):
        table = self.table(table_name)
        iface = table.get_table_iface()
        return ([[self.cell_text(iface.get_accessible_at(row, column))
                  for column in range(iface.get_n_columns())]
                 for row in range(iface.get_n_rows())],)

    def wait_base_data(self):
        """Until then nothing can be issued. Asked for what is said when they are there: at first the bar says nothing at all."""
        before, after = self.translate("base data: %s old").split("%s")
        wait_for("base data", lambda: any(
            text and text.startswith(before) and text.endswith(after) for text in self.texts()))

    def wait_cell(self, table_name, part, deadline=DEADLINE):
        return wait_for(f"“{part}” in {table_name}", lambda: next(
            (row for row in self.rows(table_name) if any(part in cell for cell in row)), None), deadline)

    def select_rows(self, table_name, rows):
        iface = self.table(table_name).get_table_iface()
        for row in rows:
            iface.add_row_selection(row)

    def select_cell(self, table_name, row):
        """Puts the cursor there, as a click does."""
        table = self.table(table_name)
        table.get_component_iface().grab_focus()
        self.key("Home", *["Down"] * row)

    # ---- the training server beside it

    def ctl(self, *arguments):
        run = subprocess.run(
            [os.path.join(self.build, "sandbox", "kaipiao-sandbox"), "ctl", "--dir",
             os.path.join(self.home, "training", "server"), *arguments],
            capture_output=True, text=True, check=True)
        return json.loads(run.stdout) if arguments[0] == "state" else run.stdout

    def items(self):
        return items_of(self.ctl("state"))

    def fixed_item(self):
        return next(item for item in self.items() if item["standard"] == "fixed")
