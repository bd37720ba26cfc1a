"""Tries to compile includes against the arrows of docs/architecture.md: each must fail.

check-arrows.py BUILD: takes the flags of a real file of each folder from the build's compile_commands.json, compiles
one line with an allowed include (which must work, or the check would prove nothing), then with each forbidden one.
"""
import json
import os
import shlex
import subprocess
import sys
import tempfile

# folder: an include that must work, and those that must not
ARROWS = {
    "data": ("values/kai-money.h",
             ["messages/kai-message.h", "kai-printing.h", "kai-sandbox.h", "kai-format.h", "kai-runtime.h", "gtk/gtk.h"]),
    "net": ("messages/kai-message.h",
            ["kai-printing.h", "kai-sandbox.h", "kai-format.h", "kai-runtime.h", "gtk/gtk.h"]),
    "printing": ("kai-printing.h",
                 ["messages/kai-message.h", "kai-sandbox.h", "kai-format.h", "kai-runtime.h", "gtk/gtk.h"]),
    "sandbox": ("kai-sandbox.h",
                ["kai-printing.h", "kai-format.h", "kai-runtime.h", "gtk/gtk.h"]),
    "ui": ("kai-format.h", ["kai-sandbox.h", "kai-runtime.h"]),
}


def flags_of(commands, folder):
    """Working directory and compiler with all flags of a file of the folder's library, without the file itself and where to write."""
    for command in commands:
        path = os.path.relpath(os.path.join(command["directory"], command["file"]))
        # Not a tool that the build uses, which has other includes.
        is_library = command["output"].startswith(folder + "/libkai%s.a.p/" % folder)
        if path.startswith(folder + os.sep) and path.endswith(".c") and is_library:
            words = shlex.split(command["command"])
            kept = []
            skip = False
            for word in words:
                if skip:
                    skip = False
                elif word in ("-o", "-MF", "-MQ"):
                    skip = True
                elif word not in ("-c", "-MD", command["file"]):
                    kept.append(word)
            return command["directory"], kept
    raise SystemExit("%s: no file of this folder is compiled" % folder)


def compiles(directory, flags, include):
    with tempfile.NamedTemporaryFile("w", suffix=".c") as source:
        source.write('#include "%s"\n' % include)
        source.flush()
        done = subprocess.run(flags + ["-fsyntax-only", source.name], cwd=directory,
                              capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def main():
    with open(os.path.join(sys.argv[1], "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    wrong = 0
    for folder, (allowed, forbidden) in ARROWS.items():
        directory, flags = flags_of(commands, folder)
        good, message = compiles(directory, flags, allowed)
        if not good:
            print('%s/: "%s" should compile:\n%s' % (folder, allowed, message))
            wrong += 1
        for include in forbidden:
            good, message = compiles(directory, flags, include)
            if good:
                print('%s/ must not be able to include "%s".' % (folder, include))
                wrong += 1
            elif "No such file" not in message:
                print('%s/: "%s" failed for another reason:\n%s' % (folder, include, message))
                wrong += 1
        # A name that no folder has would "fail" for ever.
        for include in forbidden:
            if not include.startswith("gtk/") and not any(
                    os.path.exists(os.path.join(other, include)) for other in (*ARROWS, "app")):
                print('No folder has "%s": the list of scripts/check-arrows.py is out of date.' % include)
                wrong += 1
    return 1 if wrong else 0


sys.exit(main())
