#!/usr/bin/python3
"""A result that comes while nobody looks at the window reaches the desktop. TAP on standard output.

This program is the desktop's notification service; the session bus is its own (on-own-screen).
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

from gi.repository import Gio, GLib  # noqa: E402
from desk_driver import Desk, choose_language, wait_for  # noqa: E402

SERVICE = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
<arg type="i" direction="in"/><arg type="u" direction="out"/></method>
<method name="CloseNotification"><arg type="u" direction="in"/></method></interface></node>"""
NOTICES = "Payment notices"


class Desktop:
    def __init__(self):
        self.shown = []  # (title, text)
        bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        bus.register_object("/org/freedesktop/Notifications", Gio.DBusNodeInfo.new_for_xml(SERVICE).interfaces[0],
                            self.on_call, None, None)
        Gio.bus_own_name_on_connection(bus, "org.freedesktop.Notifications", 0, None, None)

    def on_call(self, bus, sender, path, interface, method, arguments, invocation):
        if method == "Notify":
            self.shown.append(arguments.unpack()[3:5])
            invocation.return_value(GLib.Variant("(u)", (len(self.shown),)))
        else:
            invocation.return_value(None)

    def look(self):
        """What is shown by now."""
        while GLib.MainContext.default().iteration(False):
            pass
        return self.shown


def print_a_notice(desk, desktop):
    desk.wait_base_data()
    desk.press("New notice")
    desk.type("Payer", "张明远")
    desk.type("Mobile number", "13812345678")
    desk.type("Charge item", desk.fixed_item()["code"])
    desk.press("Save the notice")
    desk.wait_text(desk.translate("The notice is issued"))
    desk.go_to("Notices")
    wait_for("the notice in the list", lambda: desk.rows(NOTICES))
    # Without a window manager the focus is where the pointer is: away from the window.
    subprocess.run(["xdotool", "windowsize", desk.window_id(), "1000", "600", "mousemove", "1350", "750"], check=True)
    desk.select_rows(NOTICES, [0])
    desk.press("Print")
    desk.accept()
    title, text = wait_for("the notification", desktop.look)[0]
    assert title == desk.translate("Writing the pages"), title
    assert ".pdf" in text and "张" not in text, text


def main():
    home = tempfile.mkdtemp(prefix="kaipiao-home-")
    os.environ["HOME"] = home
    failed = False
    desk = None
    print("1..1")
    try:
        desktop = Desktop()
        desk = Desk(sys.argv[1], os.path.join(home, "desk"), choose_language())
        print_a_notice(desk, desktop)
    except Exception as error:
        print(f"# {type(error).__name__}: {error}", flush=True)
        failed = True
    finally:
        if desk and desk.process.poll() is None:
            desk.stop()
        shutil.rmtree(home, ignore_errors=True)
    print(f"{'not ok' if failed else 'ok'} 1 /notification/when_nobody_looks", flush=True)
    return 1 if failed else 0


sys.exit(main())
