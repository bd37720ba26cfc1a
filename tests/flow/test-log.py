#!/usr/bin/env python3
"""`log --verify` after somebody has been at the log with SQL: every change, removal, exchange and insertion is found, by whoever looks, with or without a key; and looking changes
nothing. A user's work is under the user's signature when the command has ended."""
import hashlib
import shutil
import sqlite3

from kaiflow import CTL, Desk, Room, Skip, chain, main, run


def manipulations(n, heads):
    """Name → statements; a number makes the chain anew from that line on. n lines, all of them signed."""
    mid, cut = n // 2, heads[-2]
    found = {}
    for line in (1, mid, cut, n):
        for column, value in (("at", "at + 1"), ("user", "'x'"), ("action", "action || ' '"), ("subject", "'notice:1'"), ("outcome", "'x'"), ("hash", "zeroblob (32)")):
            found[f"change-{column}-{line}"] = [f"UPDATE audit_log SET {column} = {value} WHERE id = {line}"]
        found[f"change-and-chain-{line}"] = [f"UPDATE audit_log SET user = 'x' WHERE id = {line}", line]
        found[f"delete-{line}"] = [f"DELETE FROM audit_log WHERE id = {line}"]
        if line < n:
            found[f"delete-and-close-up-{line}"] = [f"DELETE FROM audit_log WHERE id = {line}", f"UPDATE audit_log SET id = -id WHERE id > {line}",
                                                    "UPDATE audit_log SET id = -id - 1 WHERE id < 0", "UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'audit_log'", line]
    exchange = "UPDATE audit_log SET id = -1 WHERE id = {0}; UPDATE audit_log SET id = {0} WHERE id = {1}; UPDATE audit_log SET id = {1} WHERE id = -1"
    found["swap-lines"] = exchange.format(mid, mid + 1).split("; ")
    found["swap-lines-and-chain"] = [*found["swap-lines"], mid]
    found["swap-contents"] = [f"UPDATE audit_log SET (at, user, action, subject, outcome) = (SELECT at, user, action, subject, outcome FROM audit_log WHERE id = {mid + 1}) WHERE id = {mid}"]
    found["renumber"] = ["UPDATE audit_log SET id = -id", "UPDATE audit_log SET id = -id + 1", "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'audit_log'"]
    found["double-the-last"] = [f"INSERT INTO audit_log SELECT {n + 1}, at, user, action, subject, outcome, hash FROM audit_log WHERE id = {n}"]
    found["insert-and-chain"] = [f"UPDATE audit_log SET id = -id WHERE id > {mid}", "UPDATE audit_log SET id = -id + 1 WHERE id < 0",
                                 f"INSERT INTO audit_log SELECT {mid + 1}, at, 'x', action, subject, outcome, hash FROM audit_log WHERE id = {mid}", mid]
    found["cut"] = [f"DELETE FROM audit_log WHERE id > {cut}"]
    found["cut-and-counter"] = [f"DELETE FROM audit_log WHERE id > {cut}", f"UPDATE sqlite_sequence SET seq = {cut} WHERE name = 'audit_log'"]
    back = [f"DELETE FROM audit_head WHERE line > {cut}", "UPDATE sqlite_sequence SET seq = (SELECT max (id) FROM audit_head) WHERE name = 'audit_head'"]
    found["cut-with-head-and-counters"] = [*found["cut-and-counter"], *back]  # the notice is still there
    found["counter-gone"] = ["DELETE FROM sqlite_sequence WHERE name = 'audit_log'"]
    found["all-lines"] = ["DELETE FROM audit_log"]
    found["everything"] = ["DELETE FROM audit_log", "DELETE FROM audit_head", "DELETE FROM sqlite_sequence"]
    for head in (1, len(heads) // 2, len(heads)):
        found[f"drop-head-{head}"] = [f"DELETE FROM audit_head WHERE id = {head}"]
        found[f"signature-{head}"] = [f"UPDATE audit_head SET signature = zeroblob (length (signature)) WHERE id = {head}"]
        found[f"no-signature-{head}"] = [f"UPDATE audit_head SET signature = zeroblob (0) WHERE id = {head}"]
        found[f"head-time-{head}"] = [f"UPDATE audit_head SET at = at - 1 WHERE id = {head}"]
        found[f"head-hash-{head}"] = [f"UPDATE audit_head SET hash = zeroblob (32) WHERE id = {head}"]
    found["another-signature"] = ["UPDATE audit_head SET signature = (SELECT signature FROM audit_head WHERE id = 1) WHERE id = 2"]
    found["drop-first-head-and-renumber"] = ["DELETE FROM audit_head WHERE id = 1", "UPDATE audit_head SET id = id - 1",
                                             "UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'audit_head'"]
    found["drop-last-head-and-its-counter"] = ["DELETE FROM audit_head WHERE id = (SELECT max (id) FROM audit_head)", "DELETE FROM sqlite_sequence WHERE name = 'audit_head'"]
    found["certificate"] = ["UPDATE audit_certificate SET certificate = zeroblob (10)"]
    found["no-certificates"] = ["DELETE FROM audit_certificate"]
    return found


def every_manipulation_is_found():
    try:
        hashlib.new("sm3")
    except ValueError as why:
        raise Skip("this Python has no SM3") from why
    with Room() as room:
        room.ready()
        for n in range(4):
            room.new(payer=f"学生{n}").expect(0)
        room.desk.run("backup", room.dir / "a.kaibak").expect(0)
        room.new(payer="后").expect(0)
        path = room.desk.home / "kaipiao.db"
        db = sqlite3.connect(path)
        ((lines,),) = db.execute("SELECT count(*) FROM audit_log").fetchall()
        heads = [line for (line,) in db.execute("SELECT line FROM audit_head ORDER BY id")]
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        assert heads[-1] == lines, "what the last command wrote is not signed"
        whole = path.read_bytes()
        home = room.dir / "forged"
        trust = room.server.trust
        verify = [CTL, "log", "--verify", "--home", home, "--trust", trust, "--json"]
        other = Desk(room.server, home, room.key, room.pin_file)
        for name, statements in {"nothing": [], **manipulations(lines, heads)}.items():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            (home / "kaipiao.db").write_bytes(whole)
            db = sqlite3.connect(home / "kaipiao.db")
            db.execute("PRAGMA foreign_keys = OFF")
            before = db.total_changes
            for statement in statements:
                if isinstance(statement, int):
                    chain(db, statement)
                else:
                    db.execute(statement)
            assert not statements or db.total_changes > before, f"{name} changes nothing"
            db.commit()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.close()
            forged = (home / "kaipiao.db").read_bytes()
            for done in (run(verify), other.run("log", "--verify", "--offline")):
                assert done.status == (6 if statements else 0) and done["ok"] is (not statements), (name, done.status, done.text, done.errors)
                assert not statements or (done["bad_line"] >= 1 and done["message"]), (name, done.text)
            assert (home / "kaipiao.db").read_bytes() == forged, f"{name}: looking changed the store"


def a_broken_log_is_told():
    """Where no line can be added any more, a change says so instead of something else."""
    with Room() as room:
        room.ready()
        room.new().expect(0)
        db = sqlite3.connect(room.desk.home / "kaipiao.db")
        db.execute("UPDATE sqlite_sequence SET seq = 2 WHERE name = 'audit_log'")
        db.commit()
        db.close()
        done = room.new(payer="后")
        assert done.status == 6 and "log --verify" in done["message"], done.text
        assert len(room.server.state()["notices"]) == 1
        assert room.desk.run("log", "--verify", "--offline").status == 6


if __name__ == "__main__":
    main([every_manipulation_is_found, a_broken_log_is_told])
