#!/usr/bin/env python3
"""The clerk's day of scripts/demo, by kaipiaoctl: says what it does, times each step and checks every figure.

usage: demo-day.py headless|window BUILD_DIR WORK_DIR SERVER_URL
"""
import contextlib
import json
import locale
import os
import secrets
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

STUDENTS = 500
PAYERS = 480
RECEIVED = 100
DISTRIBUTED = 40

CHINESE = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "").startswith("zh")


def say(english, chinese):
    print(chinese if CHINESE else english, flush=True)


def pick(english, chinese):
    return chinese if CHINESE else english


class Wrong(Exception):
    """A figure is not what it should be, or a command failed."""


class Day:
    def __init__(self, build, work, url):
        self.build = Path(build)
        self.work = Path(work)
        self.url = url
        self.home = self.work / "desk"
        self.server = self.work / "server"
        self.steps = []
        self.files = []

    # ---- running things ----

    def run(self, *command, expect=0):
        done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True)
        if done.returncode != expect:
            raise Wrong(f"{' '.join(str(c) for c in command[:4])} …: exit status {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout

    def ctl(self, *args, expect=0):
        return json.loads(self.run(self.build / "app/ctl/kaipiaoctl", *args, "--home", self.home, "--json", expect=expect))

    def sandbox(self, *args):
        return self.run(self.build / "sandbox/kaipiao-sandbox", "ctl", "--dir", self.server, *args)

    def state(self):
        return json.loads(self.sandbox("state"))

    def step(self, english, chinese, work):
        say(f"\n{len(self.steps) + 1}. {english}", f"\n{len(self.steps) + 1}. {chinese}")
        start = time.monotonic()
        result = work()
        took = time.monotonic() - start
        print(f"   → {result}  ({took:.2f} s)", flush=True)
        self.steps.append((pick(english, chinese), result, took))

    def check(self, what, got, want):
        if got != want:
            raise Wrong(pick(f"{what} should be {want}, but is {got}.", f"{what}：应为 {want}，实为 {got}。"))

    # ---- signing in ----

    def sign_in(self):
        state = self.state()
        clerk = next(u for u in state["users"] if "clerk" in u["roles"] and u["unit"] == self.school(state))
        pin = self.work / "pin"
        with os.fdopen(os.open(pin, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(8) + "\n")
        key = self.work / f"{clerk['code']}.p12"
        self.sandbox("issue-key", clerk["code"], "-o", key, "--pin-file", pin)
        self.clerk = clerk["code"]
        self.pin = pin
        self.key = key
        os.environ["KAIPIAO_PIN"] = pin.read_text().strip()
        base = self.ctl("base-data", "refresh", "--server", self.url, "--user", clerk["code"], "--key", f"file:{key}",
                        "--trust", self.server / "ca.pem")
        self.items = base["items"]
        self.bill_types = base["bill_types"]
        self.holders = base["holders"]
        return pick(f"user {clerk['code']}, {len(self.items)} charge items, base data version {base['version']}",
                    f"用户 {clerk['code']}，执收项目 {len(self.items)} 个，基础数据版本 {base['version']}")

    @staticmethod
    def school(state):
        words = ("学", "校")
        return next(u["code"] for u in state["units"] if any(w in u["name"] for w in words))

    # ---- the day ----

    def make_list(self):
        item = next(i for i in self.items if i["standard"] in ("fixed", "range"))
        self.class_list = self.work / "class-list.xlsx"
        self.run(self.build / "sandbox/kaipiao-demo-class-list", "-o", self.class_list, "--rows", STUDENTS, "--seed", 2026,
                 "--item", f"{item['code']}:{item['min']}")
        self.fee = Decimal(item["min"])
        self.files.append(self.class_list)
        report = self.ctl("import", "check", self.class_list)
        self.check("rows", report["rows"], STUDENTS)
        self.check("good rows", report["good"], STUDENTS)
        self.check("bad rows", report["bad"], 0)
        return pick(f"{STUDENTS} rows, all good; {item['name']}, {self.fee} yuan each",
                    f"{STUDENTS} 行全部合格；{item['name']}，每人 {self.fee} 元")

    def issue(self):
        report = self.ctl("import", "issue", self.class_list)
        self.batch = report["batch"]
        self.check("issued", report["issued"], STUDENTS)
        self.check("refused", report["refused"], 0)
        state = self.state()
        codes = [n["payment_code"] for n in state["notices"]]
        self.check("notices at the server", len(codes), STUDENTS)
        self.check("different payment codes", len(set(codes)), STUDENTS)
        sent = [m for m in state["messages"] if m["number"] == "8994"]
        self.check("messages 8994", len(sent), 1)
        again = self.ctl("import", "issue", self.class_list)
        self.check("issued when run again", (again["issued"], again["skipped"]), (0, STUDENTS))
        return pick(f"{STUDENTS} notices in one signed message; run again: all {STUDENTS} skipped",
                    f"{STUDENTS} 张通知书，一份签名报文；再次运行：{STUDENTS} 行全部跳过")

    def pay(self):
        listed = self.ctl("notice", "list", "--batch", self.batch)["notices"]
        self.codes = [n["payment_code"] for n in reversed(listed)]
        self.sandbox("pay", *self.codes[:PAYERS])
        paid = [n for n in self.state()["notices"] if n["state"] == "paid"]
        self.check("paid at the server", len(paid), PAYERS)
        return pick(f"{PAYERS} of {STUDENTS} paid", f"{STUDENTS} 人中 {PAYERS} 人已缴")

    def sync(self):
        report = self.ctl("sync")
        self.check("received", report["received"], PAYERS)
        self.check("waiting", report["waiting"], 0)
        for state, count in (("paid", PAYERS), ("unpaid", STUDENTS - PAYERS)):
            self.check(state, len(self.ctl("notice", "list", "--state", state)["notices"]), count)
        return pick(f"{PAYERS} payments taken in", f"收到 {PAYERS} 笔缴款确认")

    def swap(self):
        report = self.ctl("ebill", "swap", "--all-paid")
        accepted = [e for e in report["ebills"] if e["state"] == "accepted"]
        self.check("e-bills", len(accepted), PAYERS)
        self.check("different numbers", len({(e["code"], e["number"]) for e in accepted}), PAYERS)
        self.check("e-bills at the server", len(self.state()["ebills"]), PAYERS)
        return pick(f"{PAYERS} e-bills, signed by the unit and by the finance bureau", f"{PAYERS} 张电子票据，单位签名与财政监制签名齐全")

    def verify(self):
        folder = self.work / "e-bills"
        written = self.ctl("ebill", "file", "--batch", self.batch, "-o", folder)["files"]
        self.check("files", len(written), PAYERS)
        self.files.append(folder)
        files = sorted(folder.glob("*.xml"))
        self.check("files in the folder", len(files), PAYERS)
        report = self.ctl("ebill", "verify", *files, "--ca", self.server / "ca.pem", "--offline")
        self.check("good files", sum(1 for f in report["files"] if f["ok"]), PAYERS)
        forged = self.work / "forged.xml"
        text = files[0].read_text(encoding="utf-8")
        amount = f"<TotalAmount>{self.fee}</TotalAmount>"
        self.check("amount in the file", text.count(amount), 1)
        forged.write_text(text.replace(amount, f"<TotalAmount>{self.fee + 1}</TotalAmount>"), encoding="utf-8")
        report = self.ctl("ebill", "verify", forged, "--ca", self.server / "ca.pem", "--offline", expect=1)
        self.check("forged file is good", report["ok"], False)
        forged.unlink()
        return pick(f"{PAYERS} files good; a forged one is refused", f"{PAYERS} 个文件验证通过；伪造的文件被拒绝")

    def print_all(self):
        pdf = self.work / "notices-and-e-bills.pdf"
        report = self.ctl("print", "--batch", self.batch, "--pdf", pdf)
        info = self.run("pdfinfo", pdf)
        pages = int(next(line.split()[1] for line in info.splitlines() if line.startswith("Pages:")))
        self.check("pages", (report["forms"], report["pages"], pages), (STUDENTS, STUDENTS, STUDENTS))
        text = self.run("pdftotext", "-layout", pdf, "-")
        unpaid = self.codes[PAYERS:]
        squeezed = "".join(text.split())
        self.check("unpaid codes on paper", sum(1 for c in unpaid if c in squeezed), STUDENTS - PAYERS)
        self.files.append(pdf)
        return pick(f"{PAYERS} e-bills and {STUDENTS - PAYERS} notices, {pages} pages",
                    f"{PAYERS} 张电子票据和 {STUDENTS - PAYERS} 张通知书，共 {pages} 页")

    def stock(self):
        delivered = next(r for r in self.ctl("stock", "list")["ranges"] if r["state"] == "to-take-in")
        width = len(delivered["first"])
        first = int(delivered["first"])

        def number(offset):
            return str(first + offset).zfill(width)

        common = ["--type", delivered["type"], "--version", delivered["version"], "--first", number(0)]
        self.ctl("stock", "receive", *common, "--last", number(RECEIVED - 1))
        self.ctl("stock", "distribute", *common, "--last", number(DISTRIBUTED - 1), "--to", self.clerk)
        ranges = self.ctl("stock", "list")["ranges"]
        free = {r["holder"]: r for r in ranges if r["state"] == "free"}
        unit = delivered["holder"]
        self.check("the clerk's bills", (free[self.clerk]["first"], free[self.clerk]["count"]), (number(0), DISTRIBUTED))
        self.check("the unit's bills", (free[unit]["first"], free[unit]["count"]), (number(DISTRIBUTED), RECEIVED - DISTRIBUTED))
        at_server = {(r["holder"], r["state"]): r["count"] for r in self.state()["ranges"]
                     if r["type"] == delivered["type"] and r["holder"] in (unit, self.clerk)}
        self.check("the clerk's bills at the server", at_server[(self.clerk, "free")], DISTRIBUTED)
        self.check("the unit's bills at the server", at_server[(unit, "free")], RECEIVED - DISTRIBUTED)
        return pick(f"{RECEIVED} received, {DISTRIBUTED} of them handed to the clerk; both sides agree",
                    f"领用 {RECEIVED} 份，分发给开票员 {DISTRIBUTED} 份；两边一致")

    def figures(self):
        table = self.work / "day.xlsx"
        report = self.ctl("report", "day", "-o", table)
        self.files.append(table)
        want = {"issued": STUDENTS, "paid": PAYERS, "swapped": PAYERS, "unpaid": STUDENTS - PAYERS, "paid_not_swapped": 0,
                "refused": 0}
        for name, count in want.items():
            self.check(name, (report[name]["count"], Decimal(report[name]["amount"])), (count, count * self.fee))
        self.check("waiting", report["waiting"], 0)
        checked = self.ctl("check")
        self.check("store", checked["ok"], True)
        return pick(f"issued {STUDENTS * self.fee} yuan, paid {PAYERS * self.fee} yuan; store and log whole",
                    f"开具 {STUDENTS * self.fee} 元，已缴 {PAYERS * self.fee} 元；数据库与日志完整")

    def headless(self):
        say("A clerk's day with Kaipiao, in training mode: every figure below is checked.",
            "非税开票的一天（培训模式）：以下每个数字都会核对。")
        self.step("Sign in as a school's bill clerk and fetch the base data", "以学校开票员登录，下载基础数据", self.sign_in)
        self.step(f"Make a class list of {STUDENTS} made-up students and check it", f"生成并检查 {STUDENTS} 名（虚构）学生的名单", self.make_list)
        self.step("Import it and issue the payment notices", "导入名单，开具缴款通知书", self.issue)
        self.step(f"{PAYERS} families pay", f"{PAYERS} 个家庭缴款", self.pay)
        self.step("Synchronise with the finance server", "与财政服务器同步", self.sync)
        self.step("Swap the paid notices for e-bills", "已缴通知书换开电子票据", self.swap)
        self.step("Check every e-bill file without a connection", "离线验证每个电子票据文件", self.verify)
        self.step("Print everything to one PDF", "全部打印到一个 PDF", self.print_all)
        self.step("Receive and distribute paper bills", "领用并分发纸质票据", self.stock)
        self.step("The day's figures", "当日统计", self.figures)
        self.table()

    def table(self):
        print()
        say("What happened:", "结果一览：")
        for n, (what, result, took) in enumerate(self.steps, 1):
            print(f"  {n:2d}  {took:7.2f} s  {what}\n                 {result}")
        total = sum(s[2] for s in self.steps)
        print(f"      {total:7.2f} s  {pick('in all', '合计')}")
        say("\nFiles:", "\n文件：")
        for path in self.files:
            print(f"  {path}")
        say(f"  {self.home}  (the clerk's store)", f"  {self.home}  （开票员的本地数据）")
        say("\nEvery figure is right.", "\n所有数字核对无误。")

    # ---- with a window ----

    def window(self):
        self.sign_in()
        item = next(i for i in self.items if i["standard"] == "fixed")
        names = ["王小明", "李思雨", "陈子涵", "赵一鸣", "周雨桐", "吴俊杰"]
        codes = []
        for n, name in enumerate(names):
            made = self.ctl("notice", "new", "--payer", name, "--kind", "person", "--mobile", f"1380000000{n}",
                            "--item", f"{item['code']}:1")
            codes.append(made["payment_code"])
        self.sandbox("pay", *codes[:4])
        self.ctl("sync")
        self.ctl("ebill", "swap", *codes[:2])
        say("The window opens in training mode. A payer's page is in each notice's QR code; to pay from here:",
            "窗口以培训模式打开。每张通知书的二维码就是缴款页面；也可以在这里缴款：")
        print(f"  {self.build}/sandbox/kaipiao-sandbox ctl --dir {self.server} pay {codes[4]}")
        done = subprocess.run([str(self.build / "app/kaipiao"), "--training", "--home", str(self.home), "--server", self.url,
                               "--user", self.clerk, "--key", f"file:{self.key}", "--trust", str(self.server / "ca.pem")])
        if done.returncode != 0:
            raise Wrong(f"kaipiao: exit status {done.returncode}")


def main():
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    # Ends whatever program runs just now with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    mode, build, work, url = sys.argv[1:5]
    day = Day(build, work, url)
    try:
        getattr(day, mode)()
    except (Wrong, StopIteration, LookupError, ValueError) as trouble:
        print(f"\n{pick('NOT RIGHT', '不正确')}: {trouble or repr(trouble)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
