"""A bank's counter that knows only the published socket: frames, GBK and both authentication codes with Python's own
library and the openssl command, nothing of the program's."""
import base64
import hashlib
import re
import socket
import subprocess
from datetime import datetime, timedelta, timezone


def gbk(text):
    return text.encode("gbk", "xmlcharrefreplace")


def mac(kind, token, key, body):
    if kind == "sha256":
        return hashlib.sha256(token.encode() + body).hexdigest()
    done = subprocess.run(["openssl", "enc", "-des-ede3-ecb", "-K", key, "-nopad"], input=token.encode(), capture_output=True, check=True)
    return done.stdout.hex()


def seal(token, key):
    """A new token as 2003 carries it."""
    return mac("3des-token", token, key, b"")


def frame(number, body, code, width=64):
    total = 8 + 8 + 3 + 4 + len(body) + width
    return f"{total:08d}CNNONTAX1.0{number}".encode() + body + code.ljust(width).encode()


def voucher(fields):
    return gbk('<?xml version="1.0" encoding="GBK"?><Voucher>' + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + "</Voucher>")


def message(number, source, msg_id, vouchers, region="320684", destination="F320684", head_number=None):
    day = f"{datetime.now(timezone(timedelta(hours=8))):%Y%m%d}"
    bodies = "".join(f'<VoucherBody AdmDivCode="{region}" StYear="{day[:4]}" VtCode="{number}" VoucherNo="{i}">'
                     f"<Voucher>{base64.b64encode(voucher(v)).decode()}</Voucher></VoucherBody>" for i, v in enumerate(vouchers, 1))
    return gbk(f'<?xml version="1.0" encoding="GBK"?><CFX><HEAD><APP>CNNONTAX</APP><VER>1.0</VER><SRC>{source}</SRC><DES>{destination}</DES>'
               f"<MsgNo>{head_number or number}</MsgNo><MsgID>{msg_id}</MsgID><MsgRef>{msg_id}</MsgRef><WorkDate>{day}</WorkDate><Reserve></Reserve></HEAD>"
               f"<MSG><MOF><VoucherCount>{len(vouchers)}</VoucherCount>{bodies}</MOF></MSG></CFX>")


def call(address, data, piece=None, timeout=30):
    """Sends the bytes, whole or in pieces; what comes back until the other side closes."""
    host, port = re.fullmatch(r"nontax://([^:]+):(\d+)", address).groups()
    with socket.create_connection((host, int(port)), timeout=timeout) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for i in range(0, len(data), piece or len(data)):
                link.sendall(data[i:i + (piece or len(data))])
            answer = b""
            while chunk := link.recv(65536):
                answer += chunk
        except ConnectionError:
            return b""
    return answer


def text(part):
    return re.sub(r"&#(\d+);", lambda m: chr(int(m[1])), part.decode("gbk"))


class Answer:
    def __init__(self, data, width=64):
        assert len(data) >= 23 + width, f"no whole frame: {data[:80]!r}"
        assert int(data[:8]) == len(data), "the length counts bytes"
        assert data[8:19] == b"CNNONTAX1.0"
        self.number = data[19:23].decode()
        self.body = data[23:-width]
        self.mac = data[-width:].decode().rstrip(" ")
        document = text(self.body)
        assert document.startswith("<?xml") and "GBK" in document[:60]
        self.head = dict(re.findall(r"<(\w+)>([^<]*)</\1>", document[:document.index("</HEAD>")]))
        self.vouchers = [text(base64.b64decode(v)) for v in re.findall(r"<Voucher>([^<]+)</Voucher>", document)]
        self.fields = [dict(re.findall(r"<(\w+)>([^<]*)</\1>", v)) for v in self.vouchers]

    def __getitem__(self, name):
        return self.fields[0][name]


class Bank:
    """A counter of one bank."""
    last = 0

    def __init__(self, address, node, token, key, kind="3des-token", width=64):
        self.address, self.node, self.token, self.key, self.kind, self.width = address, node, token, key, kind, width

    def request(self, number, *vouchers, msg_id=None, token=None):
        Bank.last += 1
        body = message(number, self.node, msg_id or f"PY{Bank.last:010d}", vouchers)
        return frame(number, body, mac(self.kind, token or self.token, self.key, body), self.width)

    def ask(self, number, *vouchers, msg_id=None, piece=None, token=None):
        data = call(self.address, self.request(number, *vouchers, msg_id=msg_id, token=token), piece)
        answer = Answer(data, self.width)
        assert answer.mac == mac(self.kind, token or self.token, self.key, answer.body), "the answer's MAC is wrong"
        assert answer.head["DES"] == self.node and answer.head["SRC"] == "F320684" and answer.head["MsgNo"] == answer.number
        return answer

    def query(self, code, **more):
        return self.ask("2601", {"PayCode": code, "BankOutlet": "320684900101", "Operator": "柜员甲"}, **more)

    def confirmation(self, code, amount, trace, **more):
        now = datetime.now(timezone(timedelta(hours=8)))
        return {"PayCode": code, "CfmDate": f"{now:%Y%m%d}", "CfmTime": "093000", "Amt": amount, "BankOutlet": "320684900101", "Operator": "柜员甲",
                "PayMode": "1", "TraNoBus": trace, "PayerName": "王小明", "PayerAcct": "", "PayerOpBk": "", "PayerOpBkNo": "", **more}

    def confirm(self, code, amount, trace, msg_id=None, piece=None, **more):
        return self.ask("2612", self.confirmation(code, amount, trace, **more), msg_id=msg_id, piece=piece)
