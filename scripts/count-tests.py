"""Counts test cases in Meson's log and says which failed, and why.

count-tests.py testlog.json STATUS: the log holds one JSON object a line for each test program, with what it
printed; STATUS is meson's own exit status. A TAP program counts with its cases, any other as one. A program that
ends badly although all the cases it reported are fine (crash, leak, time-out) adds one failed case.
"""
import json
import re
import sys

CASE = re.compile(r"^(not )?ok\b\s*(\d+)?\s*-?\s*([^#]*)(?:#\s*(SKIP|TODO)?.*)?$", re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)\b\s*(#\s*SKIP\b)?", re.IGNORECASE)
SANITIZER = re.compile(r"==\d+==ERROR|: runtime error: ")
TAIL = 40


def cases_of(test):
    """(name, "passed" | "failed" | "skipped") of every case of one program."""
    cases = []
    planned = None
    for line in test.get("stdout", "").splitlines():
        plan = PLAN.match(line)
        if plan:
            planned = int(plan.group(1))
            if planned == 0:
                cases.append((test["name"], "skipped"))
            continue
        case = CASE.match(line)
        if case:
            outcome = "skipped" if case.group(4) else "failed" if case.group(1) else "passed"
            cases.append((case.group(3).strip() or case.group(2) or "?", outcome))
    result = test["result"]
    if planned is None and not cases:
        outcome = {"OK": "passed", "EXPECTEDFAIL": "passed", "SKIP": "skipped"}.get(result, "failed")
        return [(test["name"], outcome)]
    if result not in ("OK", "SKIP", "EXPECTEDFAIL") and all(o != "failed" for _, o in cases):
        cases.append((test["name"] + " as a whole: " + result.lower(), "failed"))
    elif planned and len(cases) < planned and all(o != "failed" for _, o in cases):
        cases.append(("%s: %d of %d cases never ran" % (test["name"], planned - len(cases), planned), "failed"))
    return cases


def show(test, failed):
    print("\n---- %s (%s, exit status %s)" % (test["name"], test["result"], test.get("returncode")))
    for name in failed:
        print("failed: " + name)
    for stream in ("stdout", "stderr"):
        lines = [line for line in test.get(stream, "").splitlines() if not line.startswith("ok ")]
        if lines:
            # A sanitizer says what happened first and draws maps of the memory last.
            report = next((i for i, line in enumerate(lines) if SANITIZER.search(line)), None)
            print("-- %s of %s:" % ("end" if report is None else "report", stream))
            print("\n".join(lines[-TAIL:] if report is None else lines[report:report + TAIL]))


def main():
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    try:
        with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
            tests = [json.loads(line) for line in log if line.strip()]
    except OSError as error:
        print("The tests did not run: %s" % error)
        tests = []
    for test in tests:
        cases = cases_of(test)
        for _, outcome in cases:
            totals[outcome] += 1
        failed = [name for name, outcome in cases if outcome == "failed"]
        if failed:
            show(test, failed)
    if totals["failed"] == 0 and (totals["passed"] == 0 or sys.argv[2] != "0"):
        print("meson ended with status %s although no test case failed." % sys.argv[2])
        totals["failed"] += 1
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % totals)
    return 0 if totals["failed"] == 0 else 1


sys.exit(main())
