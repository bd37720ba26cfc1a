"""Do both sides hold the same? Looks at everything that the desks and the training server keep, and at what must hold within each."""
import sqlite3
import subprocess
from collections import Counter, defaultdict

from kaiflow import CTL, run

FREE_OF_TROUBLE = "00000"


def same(what, here, there):
    """Two dictionaries or sets, with only the differences in the message."""
    if here == there:
        return
    left, right = (set(x.items()) if isinstance(x, dict) else set(x) for x in (here, there))
    only_here, only_there = sorted(left - right, key=str)[:5], sorted(right - left, key=str)[:5]
    raise AssertionError(f"{what} differ: {len(left - right)} only at the desk {only_here}, {len(right - left)} only at the server {only_there}")


def once(what, values):
    twice = [value for value, n in Counter(values).items() if n > 1]
    assert not twice, f"{what} twice: {twice[:5]}"


def look(desk, sql, *values):
    """Rows of a desk's own store, for what no command shows."""
    db = sqlite3.connect(f"file:{desk.home}/kaipiao.db?mode=ro", uri=True, timeout=30)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def catch_up(desk, tries=6):
    """Syncs until nothing is left to send or to take in."""
    for _ in range(tries):
        done = desk.run("sync")  # 1: something was refused, a void of what is paid for example
        assert done.status in (0, 1), f"{done.text} {done.errors[-1500:]}"
        if done.status == 0 and done["waiting"] == 0 and done["sent"] == 0 and done["received"] == 0:
            return
    raise AssertionError(f"the desk does not come to rest: {done.text} {done.errors[-500:]}")


def recovered(desk, action="notice.recover", made="'notice.issue', 'notice.number'"):
    """What a restored store learned from the server: payment codes with a line that says so and none of their making."""
    rows = look(desk, f"SELECT substr(subject, 8) FROM audit_log WHERE action = '{action}'"
                      f" AND subject NOT IN (SELECT subject FROM audit_log WHERE action IN ({made}))")
    return {row[0] for row in rows}


def notices_agree(state, desks):
    there = {n["payment_code"]: (n["payer"], n["amount"], n["state"], n["valid_until"]) for n in state["notices"]}
    here = {}
    for desk in desks:
        listed = desk.notices()
        assert all(n["payment_code"] for n in listed), "a notice without a number is left"
        once("a payment code", [n["payment_code"] for n in listed])
        for notice in listed:
            assert notice["sync"] == "accepted", f"a notice is left as {notice['sync']}: {notice}"
            code = notice["payment_code"]
            assert code not in here, f"two desks gave out {code}"
            here[code] = (notice["payer"], notice["amount"], notice["state"], int(notice["valid_until"].replace("-", "")))
    same("notices", here, there)
    # 5997 does not tell the check code, so a notice that was only asked about has none.
    learned = set().union(*map(recovered, desks))
    checks = {code: check for desk in desks for code, check in look(
        desk, "SELECT payment_code, check_code FROM notice WHERE id NOT IN (SELECT subject_id FROM outbox"
              " JOIN outbox_subject ON outbox_id = id WHERE msg_no = '8997')") if code not in learned}
    same("check codes", checks, {n["payment_code"]: n["check_code"] for n in state["notices"] if n["payment_code"] in checks})
    return len(here)


def payments_agree(state, desks):
    confirmed = [p["payment_code"] for p in state["payments"] if p["state"] == "confirmed"]
    once("a confirmed payment", confirmed)
    paid = {n["payment_code"] for n in state["notices"] if n["state"] == "paid"}
    same("paid notices and confirmed payments", paid, set(confirmed))
    traces = {p["payment_code"]: p["trace_no"] for p in state["payments"] if p["state"] == "confirmed"}
    here = {code: trace for desk in desks
            for code, trace in look(desk, "SELECT payment_code, trace_no FROM notice WHERE state = 'paid'")}
    same("payments", here, traces)
    return len(paid)


def ebills_agree(state, desks, folder, trust, with_files):
    there = {(e["payment_code"], e["code"], e["number"], e["state"]) for e in state["ebills"]}
    here, files = set(), []
    for n, desk in enumerate(desks):
        listed = desk.run("ebill", "list", "--offline").expect(0)["ebills"]
        once("a notice with an e-bill", [e["payment_code"] for e in listed])
        for ebill in listed:
            assert ebill["state"] == "accepted" and not ebill.get("refusal_text"), f"an e-bill is left: {ebill}"
            here.add((ebill["payment_code"], ebill["code"], ebill["number"], "issued"))
        if not listed or not with_files:
            continue
        target = folder / f"files-{n}"
        written = desk.run("ebill", "file", "--all", "-o", target, "--offline").expect(0)["files"]
        assert len(written) == len(listed), f"{len(listed)} e-bills, {len(written)} files"
        files += list(target.glob("*.xml"))
    same("e-bills", here, there)
    once("an e-bill number", [number for _, _, number, _ in here])
    without = [row for desk in desks for row in look(desk, "SELECT number FROM ebill WHERE file IS NULL")]
    assert not without, f"e-bills without a file: {without[:5]}"
    assert len(files) == len(here) or not with_files
    for start in range(0, len(files), 200):
        checked = run([CTL, "ebill", "verify", *files[start:start + 200], "--ca", trust, "--json"]).expect(0)
        assert checked["ok"]
    return len(here)


def heirs(state, names):
    """Those desks and all that went on with their stores after a restore."""
    while True:
        more = {lease["desk"] for lease in state["leases"] if lease["former"] in names} - names
        if not more:
            return names
        names |= more


def leases_agree(state, desks):
    series = defaultdict(list)
    for lease in state["leases"]:
        series[lease["year"], lease["assigner"]].append((lease["first"], lease["last"], lease["desk"]))
    for ranges in series.values():
        ranges.sort()
        for (_, last, _), (first, _, _) in zip(ranges, ranges[1:]):
            assert last < first, f"leases overlap at {first}"
    given = 0
    for desk in desks:
        # Also what it was before it was restored.
        names = {row[0] for row in look(desk, "SELECT value FROM setting WHERE key = 'desk_id' UNION SELECT desk_id FROM store_restore")}
        names = heirs(state, names)
        theirs = {(r[0], r[1]) for ranges in series.values() for r in ranges if r[2] in names}
        own = look(desk, "SELECT first, last, next FROM code_lease")
        assert {(first, last) for first, last, _ in own} <= theirs, "a desk has numbers that it did not lease"
        given_up = look(desk, "SELECT first, last FROM code_given_up")
        taken = sum(following - first for first, _, following in own) - sum(last + 1 - first for first, last in given_up)
        numbered = len(look(desk, "SELECT id FROM notice")) - len(recovered(desk))
        assert taken == numbered, f"{taken} numbers taken for {numbered} notices"
        given += numbered
    return given


def outbox_is_done(state, desk):
    """One message for each change, all answered, each carried out once at the server."""
    left = look(desk, "SELECT msg_no, state FROM outbox WHERE state <> 'answered'")
    assert not left, f"left in the outbox: {left[:5]}"

    def subjects(number):
        rows = look(desk, "SELECT subject_id FROM outbox JOIN outbox_subject ON outbox_id = id WHERE msg_no = ?", number)
        return [row[0] for row in rows]

    def made_here(table, column, learned):
        return {row[0] for row in look(desk, f"SELECT {table}.id, payment_code FROM {column}") if row[1] not in learned}

    notices = made_here("notice", "notice", recovered(desk))
    ebills = made_here("ebill", "ebill JOIN notice ON notice.id = notice_id", recovered(desk, "ebill.recover", "''"))
    for number, table, ids in (("8994", "notice", notices), ("8999", "ebill", ebills), ("8981", "ebill", ebills)):
        once(f"message {number} about one {table}", subjects(number))
        same(f"messages {number} and rows of {table}", set(subjects(number)), ids)
    voided = {row[0] for row in look(desk, "SELECT id FROM notice WHERE state = 'void' AND 'notice:' || payment_code NOT IN"
                                           " (SELECT subject FROM audit_log WHERE action = 'notice.recover' AND outcome = 'void')")}
    assert voided <= set(subjects("8641")), "void without a message"
    done = Counter(m["id"] for m in state["messages"] if not m["repeated"] and (m["result"] == FREE_OF_TROUBLE or m["refused"]))
    ids = [row[0] for row in look(desk, "SELECT msg_id FROM outbox")]
    missing = [i for i in ids if done[i] != 1]
    assert not missing, f"messages not carried out exactly once: {[(i, done[i]) for i in missing[:5]]}"


def log_is_whole(desk):
    assert desk.run("check", "--offline").expect(0)["ok"]
    assert desk.run("log", "--verify", "--offline").expect(0)["ok"]
    issued = [row[0] for row in look(desk, "SELECT subject FROM audit_log WHERE action IN ('notice.issue', 'notice.number')"
                                           " AND subject <> 'notice:draft'")] + [f"notice:{code}" for code in recovered(desk)]
    once("a notice in the log", issued)
    same("notices and their lines in the log", {f"notice:{row[0]}" for row in look(desk, "SELECT payment_code FROM notice")}, set(issued))


def joined(ranges):
    """Neighbours in one state with one holder are one range."""
    whole = []
    for r in sorted(ranges):
        if whole and whole[-1][:-2] == r[:-2] and whole[-1][-1] + 1 == r[-2]:
            whole[-1] = (*r[:-2], whole[-1][-2], r[-1])
        else:
            whole.append(r)
    return whole


def stock_agrees(state, desk):
    unit = desk.user[:9]
    there = joined((r["type"], r["version"], r["holder"], r["state"], int(r["first"]), int(r["last"]))
                   for r in state["ranges"] if r["unit"] == unit)
    listed = desk.run("stock", "list", "--offline").expect(0)["ranges"]
    here = joined((r["type"], r["version"], r["holder"], r["state"], int(r["first"]), int(r["last"])) for r in listed)
    same("stocks of bills", here, there)
    by_number = sorted((r[0], r[1], r[-2], r[-1]) for r in here)
    for one, other in zip(by_number, by_number[1:]):
        assert one[:2] != other[:2] or one[3] < other[2], f"a bill number twice: {one} {other}"
    return len(here)


def agree(room, desks, stock_desk=None, thorough=True):
    """Figures of what was compared; an AssertionError says what differs. @thorough: read every e-bill file, the log and the whole file too."""
    state = room.server.state()
    figures = {"notices": notices_agree(state, desks), "paid": payments_agree(state, desks),
               "void": sum(n["state"] == "void" for n in state["notices"]),
               "e-bills": ebills_agree(state, desks, room.dir, room.server.trust, thorough),
               "numbers": leases_agree(state, desks)}
    for desk in desks:
        outbox_is_done(state, desk)
        if thorough:
            log_is_whole(desk)
    if stock_desk:
        figures["stock ranges"] = stock_agrees(state, stock_desk)
    subprocess.run(["rm", "-rf", *map(str, room.dir.glob("files-*"))], check=True)
    return figures
