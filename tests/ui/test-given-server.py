#!/usr/bin/python3
"""The window on a store that the command line made, signed in by what stands on its own command line. TAP on standard output."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "flow")]
if not os.environ.get("DISPLAY"):
    print("1..0 # SKIP there is no display")
    sys.exit(0)

from desk_driver import Desk, choose_language  # noqa: E402
from kaiflow import BUILD, CLERK, Room, main  # noqa: E402

RIBBON = "TRAINING MODE – made-up data, nothing here is a real notice, payment or bill"


def open_window(room, *more):
    os.environ["KAIPIAO_PIN"] = room.pin_file.read_text().strip()
    return Desk(str(BUILD), str(room.desk.home), choose_language(),
                ("--server", room.server.url, "--user", CLERK, "--key", f"file:{room.key}", "--trust", str(room.server.trust), *more))


def notices_of_the_store_are_there():
    """As scripts/demo opens it: training mode against a server that runs already."""
    with Room() as room:
        room.ready()
        codes = [room.new(payer=name).expect(0)["payment_code"] for name in ("王小明", "李思雨")]
        desk = open_window(room, "--training")
        try:
            desk.wait_text(desk.translate(RIBBON), 60)
            desk.key("alt+1")
            for code in codes:
                desk.wait_cell("Payment notices", code)
            assert len(desk.rows("Payment notices")) == len(codes)
        finally:
            desk.stop()


def no_ribbon_without_training():
    with Room() as room:
        room.ready()
        code = room.new().expect(0)["payment_code"]
        desk = open_window(room)
        try:
            desk.find("What needs attention", deadline=60)
            desk.key("alt+1")
            desk.wait_cell("Payment notices", code)
            assert len(desk.rows("Payment notices")) == 1
            assert desk.translate(RIBBON) not in desk.texts()
        finally:
            desk.stop()


if __name__ == "__main__":
    main([notices_of_the_store_are_there, no_ribbon_without_training])
