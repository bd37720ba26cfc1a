#!/usr/bin/python3
"""Lists as schools and courts really have them: found, checked, mended, issued once and only once."""
import contextlib
import csv
import json
import os
import random
import sqlite3
import subprocess
import time
from pathlib import Path

import openpyxl
from kaiflow import Room, compare, main

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(n, birth="20100307"):
    digits = f"320684{birth}{n % 1000:03d}"
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, WEIGHTS)) % 11]


def mobile(n):
    return f"138{n:08d}"


def save(path, rows, merge=()):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for area in merge:
        sheet.merge_cells(area)
    book.save(path)
    return path


def codes(result):
    return sorted((p["row"], p["code"]) for p in result["problems"])


def money(item):
    return float(item["min"])


def pupils(room, n, classes=2, start=1):
    item = room.item("fixed")
    return [[i + 1, f"学生{chr(0x4E00 + start + i)}", f"高一({i % classes + 1})班", identity(start + i), mobile(start + i), item["code"],
             money(item)] for i in range(n)]


HEADER = ["序号", "姓名", "班级", "公民身份号码", "联系电话", "收费项目", "应收(元)"]


def any_list_is_understood():
    """Titles, two header lines with merged cells and units, a column for each item, totals at the foot."""
    with Room() as room:
        room.ready()
        fixed = room.item("fixed")
        free = [i for i in room.base["items"] if i["standard"] == "free"][0]
        rows = [["某某中学2026年秋季收费明细表"], ["单位：元", None, None, None, None, None, None, "2026-09-01"],
                ["序号", "学生姓名", "所在班级", "身份证号码", "家长联系电话", "收费项目", None, "合计"],
                [None, None, None, None, None, fixed["name"] + "(元)", free["name"], None]]
        amount = money(fixed)
        for i in range(6):
            rows.append([i + 1, f"王小{'一二三四五六'[i]}", "高一(1)班", identity(i + 1), mobile(i), amount, 20.5 if i % 2 else None,
                         amount + (20.5 if i % 2 else 0)])
        rows.append(["合计", None, None, None, None, amount * 6, 61.5, amount * 6 + 61.5])
        rows.append(["制表人：李老师", None, None, None, "审核："])
        path = save(room.dir / "明细.xlsx", rows, ["A1:H1", "F3:G3", "A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "H3:H4"])
        shown = room.desk.run("import", "columns", path)
        assert shown.status == 1 and shown["missing"] == "学年学期", shown.json
        assert [c["field"] for c in shown["columns"]] == ["sequence", "payer", "class", "id", "mobile", f"item:{fixed['code']}",
                                                          f"item:{free['code']}", "total"], shown.json
        assert shown["header_row"] == 4 and shown["kind"] == "education"
        assert room.desk.run("import", "check", path).status == 5
        checked = room.desk.run("import", "check", path, "--set", "term=2026-2027-1").expect(0)
        assert (checked["rows"], checked["good"], checked["set_aside"]) == (6, 6, 2), checked.json
        done = room.desk.run("import", "issue", path, "--set", "term=2026-2027-1").expect(0)
        assert (done["issued"], done["accepted"]) == (6, 6), done.json
        notices = {n["payer"]: n["amount"] for n in room.desk.notices()}
        assert notices["王小二"] == f"{amount + 20.5:.2f}", notices
        compare(room.server, room.desk)


def totals_must_agree():
    with Room() as room:
        room.ready()
        rows = pupils(room, 4)
        amount = money(room.item("fixed"))
        rows += [["合计", None, None, None, None, None, amount * 3]]
        path = save(room.dir / "t.xlsx", [HEADER] + rows)
        result = room.desk.run("import", "check", path, "--set", "term=2026-2027-1")
        assert result.status == 1 and codes(result) == [(6, "total-row")], result.json
        assert result["bad"] == 0


def everything_wrong_is_told_at_once():
    with Room() as room:
        room.ready()
        rows = pupils(room, 8)
        rows[0][3] = identity(1)[:-1] + ("0" if identity(1)[-1] != "0" else "1")
        rows[0][4] = "1380000"
        rows[1][3] = 320684201003070000
        rows[2][3] = "3.20684E+17"
        rows[3][6] = money(room.item("fixed")) + 1
        rows[4][5] = "320600009999"
        rows[5] = [6] + rows[6][1:]
        rows[7][1] = None
        path = save(room.dir / "w.xlsx", [HEADER] + rows)
        result = room.desk.run("import", "check", path, "--set", "term=2026-2027-1")
        assert result.status == 1, result.json
        assert codes(result) == [(2, "bad-check-digit"), (2, "bad-mobile"), (3, "excel-damaged"), (4, "excel-damaged"),
                                 (5, "outside-standard"), (6, "unknown-item"), (8, "duplicate-row"), (9, "missing")], codes(result)
        assert all(len(p["message"]) > 15 for p in result["problems"])
        # Nobody's number stands in a sentence.
        assert identity(1)[:17] not in json.dumps(result["problems"], ensure_ascii=False)


def columns_are_remembered():
    with Room() as room:
        room.ready()
        item = room.item("fixed")
        rows = [[f"张小{'一二三'[i]}", "高一(1)班", identity(i + 1), mobile(i), money(item)] for i in range(3)]
        path = save(room.dir / "odd.xlsx", [["姓名", "班级", "身份证号", "电话", "钱"]] + rows)
        assert room.desk.run("import", "check", path).status == 5
        options = ["--map", "钱=amount", "--set", f"item={item['code']}", "--set", "term=2026-2027-1"]
        room.desk.run("import", "check", path, *options).expect(0)
        again = save(room.dir / "odd-2.xlsx", [["姓名", "班级", "身份证号", "电话", "钱"]] + rows[:1])
        shown = room.desk.run("import", "columns", again)
        assert [c["by"] for c in shown["columns"]] == ["remembered"] * 5, shown.json
        assert shown["missing"] == "学年学期"  # never last term's
        room.desk.run("import", "check", again, "--set", "term=2026-2027-2").expect(0)
        for wrong in (["--sheet", "0"], ["--map", "没有=amount"], ["--map", "钱=nothing"], ["--map", "钱"], ["--set", "term"], ["--set", "mobile=1"],
                      ["--set", "item=999"], ["--kind", "x"]):
            assert room.desk.run("import", "check", path, *wrong).status == 2, wrong


def mended_lists_issue_nobody_twice():
    """Education and organisations; mended in the list itself, and in the workbook of bad rows."""
    with Room() as room:
        room.ready()
        fixed = room.item("fixed")
        header = ["单位名称", "统一社会信用代码", "手机", "项目编码", "数量", "金额", "备注"]
        good = ["甲公司", "91350100M000100Y43", mobile(1), fixed["code"], 1, money(fixed), "一季度"]
        rows = [list(good), list(good), ["丙公司", "91350100M000100Y43", "12", fixed["code"], 1, money(fixed), ""],
                ["丁公司", "91350100M000100Y44", mobile(4), fixed["code"], 1, money(fixed), ""]]
        path, errors = save(room.dir / "units.xlsx", [header] + rows), room.dir / "bad.xlsx"
        first = room.desk.run("import", "issue", path, "--errors", errors)
        assert first.status == 1 and (first["issued"], first["refused"], first["skipped"]) == (2, 2, 0), first.json
        again = room.desk.run("import", "issue", path)
        assert (again["issued"], again["skipped"]) == (0, 2), again.json
        # One is mended in the workbook of bad rows …
        book = openpyxl.load_workbook(errors)
        assert [c.value for c in book.active[1]][-2:] == ["错误", "批次"]
        assert book.active.max_row == 3
        book.active["C2"] = mobile(3)
        book.save(errors)
        mended = room.desk.run("import", "issue", errors)
        assert (mended["issued"], mended["skipped"], mended["batch"]) == (1, 0, first["batch"]), mended.json
        # … the other in the list, where the first is mended as well.
        rows[2][2] = mobile(3)
        rows[3][1] = "91350100M000100Y43"
        save(path, [header] + rows)
        last = room.desk.run("import", "issue", path).expect(0)
        assert (last["issued"], last["skipped"], last["batch"]) == (1, 3, first["batch"]), last.json
        # A row that was changed after it was issued is not a new one.
        rows[0][2] = mobile(77)
        save(path, [header] + rows)
        changed = room.desk.run("import", "issue", path)
        assert changed.status == 1 and changed["issued"] == 0 and codes(changed)[0][1] == "already-issued", changed.json
        # On purpose, the same is owed again.
        other = room.desk.run("import", "issue", path, "--again").expect(0)
        assert other["issued"] == 4 and other["batch"] != first["batch"], other.json
        assert any(w["code"] == "similar-issued" for w in other["warnings"])
        compare(room.server, room.desk)


def one_notice_of_several_rows():
    """Of a pupil with two items one notice is made, and one is left out next time: rows are not notices."""
    with Room() as room:
        room.ready()
        free = [i for i in room.base["items"] if i["standard"] == "free"][0]
        rows = pupils(room, 3)
        rows.insert(1, rows[0][:5] + [free["code"], 20.5])
        path, term = save(room.dir / "two.xlsx", [HEADER] + rows), ["--set", "term=2026-2027-1"]
        first = room.desk.run("import", "issue", path, *term, "--first", "2").expect(0)
        assert (first["rows"], first["issued"], first["skipped"]) == (4, 2, 0), first.json
        rest = room.desk.run("import", "issue", path, *term).expect(0)
        assert (rest["issued"], rest["skipped"]) == (1, 2), rest.json
        again = room.desk.run("import", "issue", path, *term).expect(0)
        assert (again["issued"], again["skipped"]) == (0, 3), again.json
        assert sorted(n["amount"] for n in room.desk.notices())[-1] == f"{money(room.item('fixed')) + 20.5:.2f}"
        compare(room.server, room.desk)


def refused_by_the_server():
    """What the server alone knows: single rows come back with its reason, are mended, and nobody is issued twice."""
    with Room() as room:
        room.ready()
        item = room.item("range")
        low, high = (round(float(item[k]) * 100) for k in ("min", "max"))
        rows = [[i + 1, f"学生{chr(0x4E00 + i)}", "高一(1)班", identity(i + 1), mobile(i), item["code"], (low if i < 2 else high) / 100]
                for i in range(4)]
        path, errors, term = room.dir / "r.xlsx", room.dir / "e.xlsx", ["--set", "term=2026-2027-1"]
        save(path, [HEADER] + rows)
        with contextlib.closing(sqlite3.connect(room.server.dir / "sandbox.db", timeout=30)) as store, store:
            store.execute("UPDATE item SET max = ? WHERE code = ?", (low, item["code"]))
        first = room.desk.run("import", "issue", path, *term, "--errors", errors)
        assert first.status == 1 and (first["issued"], first["refused"], len(first["refusals"])) == (2, 2, 2), first.json
        book = openpyxl.load_workbook(errors)
        assert book.active.max_row == 3 and all(len(row[-2].value) > 10 for row in list(book.active.rows)[1:])
        book.active["G2"] = low / 100
        book.save(errors)
        mended = room.desk.run("import", "issue", errors, *term)
        assert mended.status == 1 and (mended["issued"], mended["refused"], mended["batch"]) == (1, 1, first["batch"]), mended.json
        rows[2][6] = rows[3][6] = low / 100
        last = room.desk.run("import", "issue", save(path, [HEADER] + rows), *term).expect(0)
        assert (last["issued"], last["skipped"]) == (1, 3), last.json
        assert sorted(n["payer"] for n in room.server.state()["notices"]) == sorted(r[1] for r in rows)


def each_sheet_is_a_list_of_its_own():
    """A month a sheet: February's rows are not January's come again, and nobody believes that the whole file was read."""
    with Room() as room:
        room.ready()
        free = [i for i in room.base["items"] if i["standard"] == "free"][0]
        book = openpyxl.Workbook()
        for n, title in enumerate(("封面", "一月", "二月", "旧")):
            sheet = book.active if n == 0 else book.create_sheet()
            sheet.title = title
            for row in [["租金"]] if n == 0 else [["单位名称", "统一社会信用代码", "手机", "项目编码", "金额"],
                                                  ["甲公司", "91350100M000100Y43", mobile(1), free["code"], 1200]]:
                sheet.append(row)
        book["旧"].sheet_state = "hidden"
        path = room.dir / "租金.xlsx"
        book.save(path)
        first = room.desk.run("import", "issue", path).expect(0)
        assert (first["sheet"], first["issued"]) == ("一月", 1), first.json
        told = [w["message"] for w in first["warnings"] if w["code"] == "other-sheets"]
        assert len(told) == 1 and "二月" in told[0] and "旧" not in told[0] and "封面" not in told[0], told
        second = room.desk.run("import", "issue", path, "--sheet", "3").expect(0)
        assert (second["sheet"], second["issued"], second["skipped"]) == ("二月", 1, 0), second.json
        assert second["batch"] != first["batch"] and "similar-issued" in [w["code"] for w in second["warnings"]]
        for number, batch in (("2", first["batch"]), ("3", second["batch"])):
            again = room.desk.run("import", "issue", path, "--sheet", number).expect(0)
            assert (again["issued"], again["skipped"], again["batch"]) == (0, 1, batch), again.json
        # The book grows: what was issued of it stays issued.
        book["二月"].append(["乙公司", "91350100M000100Y43", mobile(2), free["code"], 1300])
        book.create_sheet("三月").append(["单位名称", "手机"])
        book.save(path)
        grown = room.desk.run("import", "issue", path, "--sheet", "3").expect(0)
        assert (grown["issued"], grown["skipped"], grown["batch"]) == (1, 1, second["batch"]), grown.json
        assert room.desk.run("import", "issue", path).expect(0)["skipped"] == 1
        # A form with its sheets of items and explanations is one list.
        form = room.dir / "form.xlsx"
        room.desk.run("import", "template", "--kind", "education", "-o", form).expect(0)
        assert "other-sheets" not in [w["code"] for w in room.desk.run("import", "check", form).expect(0)["warnings"]]
        compare(room.server, room.desk)


def issued_already_across_files():
    with Room() as room:
        room.ready()
        rows = pupils(room, 5)
        term = ["--set", "term=2026-2027-1"]
        room.desk.run("import", "issue", save(room.dir / "a.xlsx", [HEADER] + rows[:3]), *term).expect(0)
        rows[1][4] = mobile(99)  # the same pupil with another mobile
        result = room.desk.run("import", "check", save(room.dir / "b.xlsx", [HEADER] + rows), "--set", "term=2026-2027学年第一学期")
        assert result.status == 1, result.json
        assert [c for c in codes(result)] == [(2, "already-issued"), (3, "already-issued"), (4, "already-issued")], codes(result)
        result = room.desk.run("import", "check", save(room.dir / "b.xlsx", [HEADER] + rows), *term)
        assert codes(result) == [(3, "already-issued")] and result["issued_before"] == 2, result.json
        # Another term is another debt; a voided notice is none.
        assert room.desk.run("import", "check", room.dir / "b.xlsx", "--set", "term=2026-2027-2").expect(0)["good"] == 5
        code = next(n["payment_code"] for n in room.desk.notices() if n["payer"] == rows[1][1])
        room.desk.run("notice", "void", code, "--reason", "写错了").expect(0)
        room.desk.run("import", "check", room.dir / "b.xlsx", *term).expect(0)


def the_form_is_safe_to_fill_in():
    with Room() as room:
        room.ready()
        for kind, texts in (("notices", "DEFG"), ("education", "CFGH")):
            path = room.dir / f"{kind}.xlsx"
            room.desk.run("import", "template", "--kind", kind, "-o", path).expect(0)
            book = openpyxl.load_workbook(path)
            sheet = book.worksheets[0]
            assert sheet.protection.sheet and sheet["A1"].protection.locked and not sheet["A2"].protection.locked
            for letter in texts:
                assert sheet.column_dimensions[letter].number_format == "@" or sheet[f"{letter}2"].number_format == "@", letter
                assert not sheet.column_dimensions[letter].protection.locked, letter
            lists = [v for v in sheet.data_validations.dataValidation if v.type == "list"]
            assert any("项目" in v.formula1 for v in lists), "no list of items"
            assert [s.title for s in book.worksheets[1:]] == ["项目", "说明"]
            assert book["项目"].max_row == len(room.base["items"]) + 1
            assert sheet["A2"].value == "示例" and book["说明"].max_row > 12


def text_files_too():
    with Room() as room:
        room.ready()
        path = room.dir / "名单.csv"
        with open(path, "w", encoding="gb18030", newline="") as out:
            csv.writer(out).writerows([HEADER] + pupils(room, 3))
        done = room.desk.run("import", "issue", path, "--set", "term=2026-2027-1", "--results", room.dir / "r.xlsx").expect(0)
        assert done["issued"] == 3
        sheet = openpyxl.load_workbook(room.dir / "r.xlsx").active
        assert [c.value for c in sheet[1]][-3:] == ["说明", "结果", "缴款识别码"]
        assert {row[-1].value for row in list(sheet.rows)[1:]} == {n["payment_code"] for n in room.desk.notices()}


def roster_unpaid_and_reminders():
    with Room() as room:
        room.ready()
        rows = pupils(room, 4)
        room.desk.run("import", "issue", save(room.dir / "a.xlsx", [HEADER] + rows), "--set", "term=2025-2026-2").expect(0)
        new = pupils(room, 5)[1:]
        new[0][2] = "高一(9)班"
        new[1][6] *= 2
        roster = room.desk.run("import", "roster", save(room.dir / "b.xlsx", [HEADER] + new), "--set", "term=2026-2027-1", "-o",
                               room.dir / "roster.pdf").expect(0)
        assert roster["against"] == "2025-2026-2" and (roster["new"], roster["left"]) == (1, 1), roster.json
        assert (roster["class_changed"], roster["amount_changed"]) == (1, 1), roster.json
        assert {(c["change"], c["payer"]) for c in roster["changes"]} == {("new", new[3][1]), ("left", rows[0][1]), ("class", new[0][1]),
                                                                         ("amount", new[1][1])}
        text = room.desk.run("import", "preview", room.dir / "b.xlsx", "--set", "term=2026-2027-1", "--limit", "1").expect(0)["texts"]
        assert len(text) == 1 and new[0][1] in text[0]["text"] and text[0]["messages"] >= 1, text
        room.server.ctl("pay", next(n["payment_code"] for n in room.desk.notices() if n["payer"] == rows[0][1]))
        room.desk.run("sync").expect(0)
        for name in ("u.xlsx", "u.csv", "u.pdf"):
            unpaid = room.desk.run("report", "unpaid", "--by", "class", "--term", "2025-2026学年第二学期", "-o", room.dir / name).expect(0)
            assert unpaid["count"] == 3 and (room.dir / name).stat().st_size > 100, unpaid.json
        assert [c["count"] for c in unpaid["classes"]] == [1, 2] and unpaid["pages"] == 2, unpaid.json
        told = room.desk.run("notice", "remind", "--unpaid", "--class", "高一(2)班", "-o", room.dir / "texts.csv").expect(0)
        assert told["reminded"] == 2 and mobile(2) in (room.dir / "texts.csv").read_text()
        # Word for word what the server told them.
        sent = {n["payment_code"]: n["sms"] for n in room.server.state()["notices"]}
        assert all(t["text"] == sent[t["payment_code"]] for t in told["texts"]), (told["texts"], sent)
        unpaid = room.desk.run("report", "unpaid").expect(0)
        assert sorted(u["reminders"] for u in unpaid["unpaid"]) == [0, 1, 1]
        for wrong in (["notice", "remind"], ["notice", "remind", "--unpaid", "--way", "pigeon"], ["report", "unpaid", "--by", "day"],
                      ["report", "unpaid", "-o", "x.doc"], ["import", "preview", room.dir / "b.xlsx", "--limit", "-1"]):
            assert room.desk.run(*wrong).status == 2, wrong


def killed_in_and_between_batches():
    """Several server batches, killed anywhere, on either side; what is run again issues nobody twice."""
    seed = int(os.environ.get("KAI_SEED", time.time_ns() % 1000000))
    chance = random.Random(seed)
    print(f"# seed {seed}")
    with Room() as room:
        (room.dir / "desk").mkdir(mode=0o700)
        (room.dir / "desk" / "site-profile.ini").write_text("[messages]\nbatch-limit=25\n")
        room.ready()
        path = save(room.dir / "big.xlsx", [HEADER] + pupils(room, 200, classes=9))
        term = ["--set", "term=2026-2027-1"]
        killed = 0
        for _ in range(int(os.environ.get("KAI_KILLS", "10"))):
            process = room.desk.start("import", "issue", path, *term)
            try:
                process.wait(timeout=chance.uniform(0.05, 0.7))
            except subprocess.TimeoutExpired:
                killed += 1
                if chance.random() < 0.6:
                    process.kill()
                else:
                    room.server.stop()
            process.communicate()
            if not room.server.process:
                room.server.start()
        print(f"# {killed} killed in the middle")
        last = room.desk.run("import", "issue", path, *term).expect(0)
        assert last["issued"] + last["skipped"] == 200, last.json
        room.desk.run("sync").expect(0)
        assert len(room.server.state()["notices"]) == 200
        compare(room.server, room.desk)


def old_excel_files_from_the_build_folder():
    """Started where it was built, without anything in the environment, the command line finds the reader of .xls."""
    told = os.environ.pop("KAIPIAO_LIBEXEC_DIR", None)
    try:
        with Room() as room:
            room.ready()
            path = Path(__file__).parents[1] / "fixtures/workbooks/written/libreoffice.xls"
            result = room.desk.run("import", "columns", path)
            assert result.status in (0, 1) and result["columns"], result.text + result.errors
    finally:
        if told is not None:
            os.environ["KAIPIAO_LIBEXEC_DIR"] = told


main([any_list_is_understood, totals_must_agree, everything_wrong_is_told_at_once, columns_are_remembered, mended_lists_issue_nobody_twice,
      one_notice_of_several_rows, refused_by_the_server, each_sheet_is_a_list_of_its_own, issued_already_across_files,
      the_form_is_safe_to_fill_in, text_files_too, old_excel_files_from_the_build_folder, roster_unpaid_and_reminders,
      killed_in_and_between_batches])
