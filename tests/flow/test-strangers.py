#!/usr/bin/env python3
"""Someone else's software agrees: xmlsec1, openssl, xmllint, and a SOAP toolkit that knows only the WSDL."""
import base64
import datetime
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from lxml import etree

from kaiflow import CTL, Room, Skip, UNIT, main

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSU = WSS + "wssecurity-utility-1.0.xsd"
WSSE = WSS + "wssecurity-secext-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
EXCHANGE = "urn:kaipiao:exchange:1"
X509V3 = WSS + "x509-token-profile-1.0#X509v3"
BASE64 = WSS + "soap-message-security-1.0#Base64Binary"
SM2_ID = "1234567812345678"
SCHEMAS = Path(__file__).parents[1] / "fixtures/soap"


def call(*command, ok=True, data=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, input=data, timeout=120)
    assert not ok or done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip(f"{program} is not installed")


def traced(room, desk):
    """A real run of the command line: base data, a notice, a payment; its trace files."""
    trace = Path(str(desk.home) + "-trace")
    desk.run("base-data", "refresh", "--trace", trace).expect(0)
    code = room.new("--trace", trace, desk=desk).expect(0)["payment_code"]
    room.server.ctl("pay", code)
    desk.run("sync", "--trace", trace).expect(0)
    files = sorted(trace.glob("*.xml"))
    assert len([f for f in files if "request" in f.name]) >= 4 and len(files) % 2 == 0
    return files


def certificate_of(path, folder):
    """The signer's certificate from the message, as PEM; openssl says that the training root made it."""
    token = etree.parse(str(path)).find(f".//{{{WSSE}}}BinarySecurityToken").text
    pem = Path(folder) / f"{path.stem}.pem"
    call("openssl", "x509", "-inform", "DER", "-out", pem, data=base64.b64decode(token))
    return pem


def xmlsec1_verifies_the_trace():
    need("xmlsec1")
    with Room() as room:
        room.ready()
        for algorithm in ("rsa", "p256"):
            for path in traced(room, room.second_desk(algorithm=algorithm)):
                pem = certificate_of(path, room.dir)
                call("openssl", "verify", "-CAfile", room.server.trust, pem)
                ids = []
                for name in (f"{SOAP}:Body", f"{WSU}:Timestamp", f"{WSA}:MessageID", f"{WSA}:To", f"{WSA}:Action",
                             f"{WSA}:RelatesTo"):
                    ids += ["--id-attr:Id", name]
                done = call("xmlsec1", "--verify", "--pubkey-cert-pem", pem, *ids, path)
                assert b"OK" in done.stdout + done.stderr
                # One digit of what was signed is another one: it must not agree any more.
                text = path.read_bytes()
                changed = room.dir / "changed.xml"
                changed.write_bytes(text.replace(b"<MsgID>2", b"<MsgID>3", 1))
                assert changed.read_bytes() != text
                assert call("xmlsec1", "--verify", "--pubkey-cert-pem", pem, *ids, changed, ok=False).returncode != 0


def canonical(node):
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def der_integer(raw):
    raw = raw.lstrip(b"\0") or b"\0"
    raw = b"\0" + raw if raw[0] & 0x80 else raw
    return b"\x02" + bytes([len(raw)]) + raw


def to_der(raw):
    body = der_integer(raw[:32]) + der_integer(raw[32:])
    return b"\x30" + bytes([len(body)]) + body


def to_raw(der):
    assert der[0] == 0x30
    first = 4 + der[3]
    r, s = der[4:first], der[first + 2:first + 2 + der[first + 1]]
    return r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")


def sm3(data):
    return call("openssl", "dgst", "-sm3", "-binary", data=data).stdout


def by_id(tree, name):
    found = [n for n in tree.iter() if n.get(f"{{{WSU}}}Id") == name]
    assert len(found) == 1
    return found[0]


def openssl_verifies_sm2():
    need("openssl")
    with Room() as room:
        room.ready()
        for path in traced(room, room.desk):
            tree = etree.parse(str(path))
            info = tree.find(f".//{{{DS}}}SignedInfo")
            for reference in info.findall(f"{{{DS}}}Reference"):
                digest = sm3(canonical(by_id(tree, reference.get("URI")[1:])))
                assert base64.b64encode(digest).decode() == reference.find(f"{{{DS}}}DigestValue").text, path.name
            pem = certificate_of(path, room.dir)
            public, data, signature = (room.dir / n for n in ("public.pem", "info.bin", "value.der"))
            public.write_bytes(call("openssl", "x509", "-in", pem, "-noout", "-pubkey").stdout)
            data.write_bytes(canonical(info))
            signature.write_bytes(to_der(base64.b64decode(tree.find(f".//{{{DS}}}SignatureValue").text)))
            call("openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-inkey", public, "-sigfile", signature,
                 "-pkeyopt", f"distid:{SM2_ID}", "-in", data)
            # Without the identity it must not agree: it is the standard one and no other.
            assert call("openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pubin", "-inkey", public, "-sigfile",
                        signature, "-pkeyopt", "distid:someone else", "-in", data, ok=False).returncode != 0


def cfx(number, voucher, region="320684"):
    now = datetime.datetime.now()
    message_id = now.strftime("%y%m%d") + uuid.uuid4().hex[:14].upper()
    inner = base64.b64encode(("<Voucher>" + "".join(f"<{k}>{v}</{k}>" for k, v in voucher) + "</Voucher>").encode()).decode()
    head = {"APP": "CNNONTAX", "VER": "1.0", "SRC": "K3206840001", "DES": "F320684", "MsgNo": number, "MsgID": message_id,
            "MsgRef": message_id, "WorkDate": now.strftime("%Y%m%d"), "Reserve": ""}
    body = {"AdmDivCode": region, "StYear": now.strftime("%Y"), "VtCode": number, "VoucherNo": "1"}
    return head, body, inner


def cfx_text(number, voucher):
    head, body, inner = cfx(number, voucher)
    attributes = " ".join(f'{k}="{v}"' for k, v in body.items())
    return ("<CFX><HEAD>" + "".join(f"<{k}>{v}</{k}>" for k, v in head.items()) + "</HEAD><MSG><MOF><VoucherCount>1</VoucherCount>"
            f"<VoucherBody {attributes}><Voucher>{inner}</Voucher></VoucherBody></MOF></MSG></CFX>")


def post(room, data):
    context = ssl.create_default_context(cafile=str(room.server.trust))
    request = urllib.request.Request(room.server.url, data, {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'})
    try:
        with urllib.request.urlopen(request, context=context) as answer:
            return answer.status, etree.fromstring(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, etree.fromstring(error.read())


def answer_vouchers(envelope):
    """Number and fields of the vouchers in the answer."""
    body = envelope.find(f"{{{SOAP}}}Body")
    number = body.find(".//MsgNo").text
    return number, [etree.fromstring(base64.b64decode(v.text)) for v in body.iterfind(".//VoucherBody/Voucher")]


def sign_sm2(text, private, public, folder, identity=SM2_ID):
    """An envelope that openssl signs: without addressing headers, as a plain toolkit would make it."""
    certificate = call("openssl", "x509", "-in", public, "-outform", "DER").stdout
    now = datetime.datetime.utcnow()
    times = [t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in (now, now + datetime.timedelta(minutes=5))]
    tree = etree.fromstring(
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}"><s:Header><o:Security xmlns:o="{WSSE}">'
        f'<o:BinarySecurityToken ValueType="{X509V3}" EncodingType="{BASE64}" u:Id="T">{base64.b64encode(certificate).decode()}'
        f'</o:BinarySecurityToken><u:Timestamp u:Id="S"><u:Created>{times[0]}</u:Created><u:Expires>{times[1]}</u:Expires>'
        f'</u:Timestamp><d:Signature xmlns:d="{DS}"><d:SignedInfo><d:CanonicalizationMethod Algorithm="{EXC}"/>'
        '<d:SignatureMethod Algorithm="urn:oid:1.2.156.10197.1.501"/></d:SignedInfo><d:SignatureValue/><d:KeyInfo>'
        f'<o:SecurityTokenReference><o:Reference URI="#T" ValueType="{X509V3}"/></o:SecurityTokenReference></d:KeyInfo>'
        f'</d:Signature></o:Security></s:Header><s:Body u:Id="B"><k:Exchange xmlns:k="{EXCHANGE}">{text}</k:Exchange></s:Body>'
        "</s:Envelope>")
    info = tree.find(f".//{{{DS}}}SignedInfo")
    for name in ("B", "S"):
        reference = etree.SubElement(info, f"{{{DS}}}Reference", URI="#" + name)
        transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXC)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm="urn:oid:1.2.156.10197.1.401")
        etree.SubElement(reference, f"{{{DS}}}DigestValue").text = base64.b64encode(sm3(canonical(by_id(tree, name)))).decode()
    data, value = folder / "to-sign.bin", folder / "signed.der"
    data.write_bytes(canonical(info))
    call("openssl", "pkeyutl", "-sign", "-rawin", "-digest", "sm3", "-inkey", private, "-pkeyopt", f"distid:{identity}", "-in", data,
         "-out", value)
    tree.find(f".//{{{DS}}}SignatureValue").text = base64.b64encode(to_raw(value.read_bytes())).decode()
    return etree.tostring(tree)


def we_verify_openssl_sm2():
    need("openssl")
    with Room() as room:
        private, public = open_key_in(room, "sm2")
        status, envelope = post(room, sign_sm2(cfx_text("8002", [("ClientVersion", "openssl"), ("ClientTime", "")]), private, public, room.dir))
        number, vouchers = answer_vouchers(envelope)
        assert status == 200 and number == "5002" and vouchers[0].find("Result").text == "00000"
        # Another identity is another signature.
        status, envelope = post(room, sign_sm2(cfx_text("8002", [("ClientVersion", ""), ("ClientTime", "")]), private, public, room.dir, "another"))
        assert status == 500 and envelope.find(f".//{{{EXCHANGE}}}Result").text == "20002"


def open_key_in(room, algorithm):
    folder = room.dir / f"stranger-{algorithm}"
    folder.mkdir()
    key, pin = room.server.issue_key("32068400101", folder, algorithm)
    private, public = folder / "key.pem", folder / "cert.pem"
    call("openssl", "pkcs12", "-in", key, "-passin", f"file:{pin}", "-nodes", "-nocerts", "-out", private)
    call("openssl", "pkcs12", "-in", key, "-passin", f"file:{pin}", "-clcerts", "-nokeys", "-out", public)
    return private, public


def xmllint_accepts_every_message():
    need("xmllint")
    with Room() as room:
        room.ready()
        home = room.dir / "none"
        exchange = room.dir / "exchange.xsd"
        exchange.write_bytes(call(CTL, "protocol", "xsd", "--home", home).stdout)
        numbers = set()
        for path in traced(room, room.desk):
            call("xmllint", "--noout", "--nonet", "--schema", SCHEMAS / "envelope.xsd", path)
            body = etree.parse(str(path)).getroot().find(f"{{{SOAP}}}Body")
            wrapper = room.dir / "wrapper.xml"
            wrapper.write_bytes(canonical(body[0]))
            call("xmllint", "--noout", "--nonet", "--schema", exchange, wrapper)
            number = body.find(".//MsgNo").text
            schema = room.dir / f"{number}.xsd"
            schema.write_bytes(call(CTL, "protocol", "xsd", number, "--home", home).stdout)
            for voucher in body.iterfind(".//VoucherBody/Voucher"):
                single = room.dir / "voucher.xml"
                single.write_bytes(base64.b64decode(voucher.text))
                call("xmllint", "--noout", "--nonet", "--schema", schema, single)
                numbers.add(number)
        assert {"8901", "5901", "8994", "5001", "8902", "5902"} <= numbers, numbers
        # The schema is not an empty one: a wrong length, and an element that is not there.
        wrong = room.dir / "wrong.xml"
        wrong.write_text("<Voucher><PayCode>" + "1" * 21 + "</PayCode></Voucher>")
        assert call("xmllint", "--noout", "--schema", room.dir / "8994.xsd", wrong, ok=False).returncode != 0


def xmllint_accepts_wsdl_and_fault():
    need("xmllint")
    with Room() as room:
        context = ssl.create_default_context(cafile=str(room.server.trust))
        wsdl, fault = room.dir / "exchange.wsdl", room.dir / "fault.xml"
        with urllib.request.urlopen(room.server.url + "?wsdl", context=context) as answer:
            wsdl.write_bytes(answer.read())
        call("xmllint", "--noout", "--nonet", "--schema", SCHEMAS / "wsdl.xsd", wsdl)
        # The schema inside is the one that is given out alone, and is valid by itself.
        inner = etree.parse(str(wsdl)).find(".//{http://www.w3.org/2001/XMLSchema}schema")
        alone = etree.fromstring(call(CTL, "protocol", "xsd", "--home", room.dir / "none").stdout)
        assert canonical(inner) == canonical(alone)
        etree.XMLSchema(alone)
        status, envelope = post(room, b"<a/>")
        assert status == 500
        fault.write_bytes(etree.tostring(envelope))
        call("xmllint", "--noout", "--nonet", "--schema", SCHEMAS / "envelope.xsd", fault)
        assert envelope.find(f".//{{{SOAP}}}Fault/faultcode").text.endswith(":Client")
        assert envelope.find(f".//{{{EXCHANGE}}}Result").text == "10001" and envelope.find(".//faultstring").text


def toolkit_from_the_wsdl():
    """zeep reads ?wsdl and makes calls of what it finds there; what is ours in it is the content of the message."""
    try:
        import requests
        import xmlsec
        import zeep
        from zeep.transports import Transport
        from zeep.wsse.signature import BinarySignature, MemorySignature
        from zeep.wsse.utils import get_security_header, get_timestamp
    except ImportError as error:
        raise Skip(f"python3-zeep or python3-xmlsec is missing: {error}") from None

    class StampedSignature(BinarySignature):
        """A Timestamp first, so that the signature covers it; the answer is verified with the certificate that it brings."""

        def apply(self, envelope, headers):
            created = datetime.datetime.utcnow()
            expires = created + datetime.timedelta(minutes=5)
            stamp = etree.SubElement(get_security_header(envelope), f"{{{WSU}}}Timestamp")
            etree.SubElement(stamp, f"{{{WSU}}}Created").text = get_timestamp(created, zulu_timestamp=True)
            etree.SubElement(stamp, f"{{{WSU}}}Expires").text = get_timestamp(expires, zulu_timestamp=True)
            return super().apply(envelope, headers)

        def verify(self, envelope):
            token = envelope.find(f".//{{{WSSE}}}BinarySecurityToken").text
            pem = f"-----BEGIN CERTIFICATE-----\n{token}\n-----END CERTIFICATE-----\n".encode()
            done = subprocess.run(["openssl", "verify", "-CAfile", str(trust)], input=pem, capture_output=True)
            assert done.returncode == 0, done.stderr
            verified.append(MemorySignature("", pem).verify(envelope))
            return envelope

    with Room() as room:
        trust = room.server.trust
        verified = []
        session = requests.Session()
        session.trust_env = False  # neither proxies nor another list of roots
        session.verify = str(trust)
        for algorithm, method in (("rsa", xmlsec.Transform.RSA_SHA256), ("p256", xmlsec.Transform.ECDSA_SHA256)):
            private, public = open_key_in(room, algorithm)
            client = zeep.Client(room.server.url + "?wsdl", transport=Transport(session=session),
                                 wsse=StampedSignature(str(private), str(public), signature_method=method,
                                                       digest_method=xmlsec.Transform.SHA256))

            def exchange(number, voucher):
                head, body, inner = cfx(number, voucher)
                answer = client.service.Exchange(CFX={"HEAD": head, "MSG": {"MOF": {"VoucherCount": 1, "VoucherBody": [
                    {**body, "Voucher": base64.b64decode(inner)}]}}})
                answer = getattr(answer, "CFX", answer)
                assert answer.HEAD.MsgRef == head["MsgID"]
                return answer.HEAD.MsgNo, {n.tag: n.text or "" for n in etree.fromstring(answer.MSG.MOF.VoucherBody[0].Voucher)}

            year = datetime.datetime.now().strftime("%Y")
            number, lease = exchange("8651", [("ChgAgenCode", UNIT), ("StYear", year), ("Count", "1"), ("DeskId", "zeep")])
            assert number == "5651" and lease["Result"] == "00000", lease
            code = f"{lease['Region']}{year[2:]}{lease['Assigner']}{int(lease['FirstNo']):08}"
            code += str(int(code) % 9 or 9)
            today = datetime.datetime.now().strftime("%Y%m%d")
            notice = [("AdmDivCode", "320684"), ("PayCode", code), ("BillDate", today), ("ChgAgenCode", UNIT),
                      ("ChgAgenName", "海门市东洲湾实验学校"), ("PayerName", "王小明"), ("PayerAcct", ""), ("PayerOpBk", ""),
                      ("Amt", "850.00"), ("OriAmt", "850.00"), ("DelayAmt", "0.00"), ("PayStats", "0"), ("RecAcctType", "1"),
                      ("RecName", "海门市财政局非税收入专户"), ("RecAcct", "320684000000000018"), ("RecAcctReal", ""),
                      ("RecOpBk", "东洲银行海门支行"), ("RecBankNo", "999306840001"), ("IsInterBank", "0"),
                      ("PayInfo", "320600010001|学费|850.00|学期|1|无限制|0.00-0.00#"), ("Memo", ""), ("CrcCode", ""),
                      ("MobilePhone", "13800000000"), ("PayerCreditCode", ""), ("RecCreditCode", ""), ("OperatorCode", ""),
                      ("OperatorName", ""), ("Hold1", "Y"), ("Hold2", "")]
            number, result = exchange("8994", notice)
            assert number == "5001" and result["Result"] == "00000", result
            number, state = exchange("8997", [("PayCode", code), ("PayMode", "1"), ("Hold1", ""), ("Hold2", "")])
            assert number == "5997" and state["PayStats"] == "0" and state["Amt"] == "850.00" and state["PayerName"] == "王小明"
            room.server.ctl("pay", code)
            number, state = exchange("8997", [("PayCode", code), ("PayMode", "1"), ("Hold1", ""), ("Hold2", "")])
            assert state["PayStats"] == "1", state
            assert any(n["payment_code"] == code and n["state"] == "paid" for n in room.server.state()["notices"])
        assert len(verified) == 8
        # A fault reaches the toolkit as one.
        try:
            exchange("8001", [("OriMsgNo", "5996"), ("Result", "00000"), ("AddWord", ""), ("Information", ""), ("Hold1", ""), ("Hold2", "")])
        except zeep.exceptions.Fault as fault:
            assert fault.message and fault.code.endswith("Client")
            assert fault.detail.find(f"{{{EXCHANGE}}}Result").text == "10002"
        else:
            raise AssertionError("a message that is not for the server was taken")


if __name__ == "__main__":
    main([xmlsec1_verifies_the_trace, openssl_verifies_sm2, we_verify_openssl_sm2, xmllint_accepts_every_message,
          xmllint_accepts_wsdl_and_fault, toolkit_from_the_wsdl])
