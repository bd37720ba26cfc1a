"""A bad network between a desk and the training server: takes the desk's connections with the server's own TLS key, so that it can do to one
message, in one direction, what is asked for, and passes on everything else."""
import base64
import http.client
import re
import socket
import ssl
import threading
import urllib.parse

NUMBER = re.compile(rb"<MsgNo>(\d{4})</MsgNo>")
LIMIT = 60


class Closed(Exception):
    """The other side has hung up."""


class Exchange:
    """One request and its answer, as they passed."""

    def __init__(self, number, head, request):
        self.number, self.head, self.request = number, head, request
        self.status, self.headers, self.answer = None, None, None


def read_request(stream):
    """(header bytes, body) of one HTTP request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = stream.recv(65536)
        if not part:
            raise Closed
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
    while len(body) < length:
        part = stream.recv(65536)
        if not part:
            raise Closed
        body += part
    return head, body


class Proxy:
    """arm(fault, number) for the next message of that number. fired tells how often a fault has met one."""

    def __init__(self, server):
        self.server = server
        target = urllib.parse.urlparse(server.url)
        self.target = (target.hostname, target.port)
        self.trust = server.trust
        self.path = target.path
        self.back = ssl.create_default_context(cafile=str(server.trust))
        self.front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.front.load_cert_chain(server.dir / "keys/tls.pem")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}{self.path}"
        self.lock = threading.Lock()
        self.past = []   # Exchanges, oldest first
        self.late = []   # requests that a fault kept back
        self.standing = {}  # number → Fault that each of that number meets, beside the one that is armed
        self.errors = []
        self.disarm()
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def arm(self, fault, number, skip=0):
        with self.lock:
            self.fault, self.number, self.skip, self.fired = fault, number, skip, 0

    def disarm(self):
        with self.lock:
            self.fault, self.number, self.skip, self.fired = None, None, 0, 0

    def take(self, number):
        """The fault that this message is to meet, or None."""
        with self.lock:
            if self.fault is None or self.number != number or self.fired:
                return self.standing.get(number)
            if self.skip:
                self.skip -= 1
                return None
            self.fired += 1
            return self.fault

    def close(self):
        # Closing alone would leave the thread waiting, on whatever gets the number of the descriptor next.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    # ---- towards the desk ----

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(LIMIT)
        try:
            with self.front.wrap_socket(connection, server_side=True) as stream:
                while True:
                    self.serve_one(stream)
        except (Closed, OSError, ssl.SSLError):
            connection.close()
        except Exception as error:  # noqa: BLE001 - a mistake of the proxy must fail the case
            self.errors.append(error)
            connection.close()

    def serve_one(self, stream):
        head, body = read_request(stream)
        number = NUMBER.search(body).group(1).decode()
        exchange = Exchange(number, head, body)
        fault = self.take(number)
        action = fault.request if fault else None
        if action:
            action(self, exchange)
        else:
            self.forward(exchange)
        with self.lock:
            before = list(self.past)
            self.past.append(exchange)
        if fault and fault.answer:
            fault.answer(self, exchange, before, stream)
        else:
            stream.sendall(self.write(exchange))

    @staticmethod
    def write(exchange, body=None, status=None, kind=None):
        """An answer as bytes of HTTP."""
        body = exchange.answer if body is None else body
        lines = [f"HTTP/1.1 {status or exchange.status} -"]
        lines += [f"{name}: {value}" for name, value in exchange.headers if name.lower() not in ("content-length", "connection", "content-type")]
        lines += [f"Content-Type: {kind or 'text/xml; charset=utf-8'}", f"Content-Length: {len(body)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    # ---- towards the server ----

    def connect(self):
        return self.back.wrap_socket(socket.create_connection(self.target, timeout=LIMIT), server_hostname=self.target[0])

    def post(self, body):
        connection = http.client.HTTPSConnection(*self.target, context=self.back, timeout=LIMIT)
        try:
            connection.request("POST", self.path, body, {"Content-Type": "text/xml; charset=utf-8"})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def forward(self, exchange, body=None):
        exchange.status, exchange.headers, exchange.answer = self.post(exchange.request if body is None else body)

    def send_raw(self, data):
        """Writes bytes to the server and hangs up."""
        with self.connect() as stream:
            stream.sendall(data)

    def deliver_late(self):
        """What was kept back arrives after all."""
        kept, self.late = self.late, []
        return [self.post(body) for body in kept]


# ---- what can go wrong ----

class Fault:
    """What happens to a request on its way (request), or to its answer (answer). harmless: the exchange still ends well."""

    def __init__(self, request=None, answer=None, harmless=False):
        self.request, self.answer, self.harmless = request, answer, harmless


def flip(data, part):
    """One bit of one byte that counts: of the text after @part of the signed body, or of the base64 of a signature."""
    found = re.search(part, data)
    assert found, f"{part} is not in the message"
    at = found.end() + 3
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


CONTENT = rb"<Voucher>"
SIGNATURE = rb"<(\w+:)?SignatureValue>"
MSG_ID = rb"<MsgID>"
REFERENCE = rb"<MsgRef>"


def hang_up(*_):
    raise Closed


def cut_request(proxy, exchange):
    proxy.send_raw(exchange.head + b"\r\n\r\n" + exchange.request[:len(exchange.request) // 2])
    raise Closed


def keep_back(proxy, exchange):
    proxy.late.append(exchange.request)
    raise Closed


def send_twice(proxy, exchange):
    proxy.forward(exchange)
    first = (exchange.status, exchange.headers, exchange.answer)
    proxy.forward(exchange)
    exchange.second = exchange.answer
    exchange.status, exchange.headers, exchange.answer = first


def send_twice_answer_second(proxy, exchange):
    proxy.forward(exchange)
    proxy.forward(exchange)


def slow_request(proxy, exchange):
    """In small pieces."""
    with proxy.connect() as stream:
        head = b"\r\n".join(line for line in exchange.head.split(b"\r\n") if not line.lower().startswith(b"connection:"))
        data = head + b"\r\nConnection: close\r\n\r\n" + exchange.request
        for start in range(0, len(data), 1500):
            stream.sendall(data[start:start + 1500])
        answer = http.client.HTTPResponse(stream, method="POST")
        answer.begin()
        exchange.status, exchange.headers, exchange.answer = answer.status, answer.getheaders(), answer.read()


def truncated(proxy, exchange):
    proxy.forward(exchange, exchange.request[:len(exchange.request) * 2 // 3])


def corrupted(part):
    return lambda proxy, exchange: proxy.forward(exchange, flip(exchange.request, part))


def cut_answer(at):
    def act(proxy, exchange, before, stream):
        data = proxy.write(exchange)
        stream.sendall(data[:int(len(data) * at)])
        raise Closed
    return act


def truncated_answer(proxy, exchange, before, stream):
    stream.sendall(proxy.write(exchange, exchange.answer[:len(exchange.answer) * 2 // 3]))


def corrupted_answer(part):
    return lambda proxy, exchange, before, stream: stream.sendall(proxy.write(exchange, flip(exchange.answer, part)))


def answer_in_pieces(proxy, exchange, before, stream):
    data = proxy.write(exchange)
    for start in range(0, len(data), 700):
        stream.sendall(data[start:start + 700])


def answer_twice(proxy, exchange, before, stream):
    """The second one lies in the connection when the next request goes out."""
    stream.sendall(proxy.write(exchange) * 2)


def answer_of(same_kind):
    """The right signature under the wrong answer: an earlier one, of the same kind of message or of another."""
    def act(proxy, exchange, before, stream):
        others = [e for e in before if e.answer and e.status == 200 and (e.number == exchange.number) == same_kind]
        assert others, "there is no earlier answer"
        stream.sendall(proxy.write(exchange, others[-1].answer, others[-1].status))
    return act


def not_the_server(status, kind, body):
    return lambda proxy, exchange, before, stream: stream.sendall(proxy.write(exchange, body, status, kind))


def forged_fault(proxy, exchange, before, stream):
    """A refusal that nobody has signed is shown and never acted upon."""
    body = (b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault><faultcode>soap:Client</faultcode>'
            b"<faultstring>refused</faultstring><detail><Result>99999</Result></detail></soap:Fault></soap:Body></soap:Envelope>")
    stream.sendall(proxy.write(exchange, body, 500))


def forged_answer(proxy, exchange, before, stream):
    """A refusal that says it is the answer, without a signature."""
    voucher = base64.b64encode(b"<Voucher><OriMsgNo>%s</OriMsgNo><Result>99999</Result></Voucher>" % exchange.number.encode())
    body = re.sub(rb"(<Voucher>)[^<]+", lambda m: m.group(1) + voucher, exchange.answer)
    assert body != exchange.answer
    stream.sendall(proxy.write(exchange, body))


FAULTS = {
    "request-lost": Fault(request=hang_up),
    "request-cut": Fault(request=cut_request),
    "request-in-pieces": Fault(request=slow_request, harmless=True),
    "request-twice": Fault(request=send_twice, harmless=True),
    "request-twice-second-answer": Fault(request=send_twice_answer_second),
    "request-after-its-repetition": Fault(request=keep_back),
    "request-truncated": Fault(request=truncated),
    "request-content-corrupted": Fault(request=corrupted(CONTENT)),
    "request-number-corrupted": Fault(request=corrupted(MSG_ID)),
    "request-signature-corrupted": Fault(request=corrupted(SIGNATURE)),
    "answer-lost": Fault(answer=lambda proxy, exchange, before, stream: hang_up()),
    "answer-cut-in-headers": Fault(answer=cut_answer(0.01)),
    "answer-cut": Fault(answer=cut_answer(0.6)),
    "answer-in-pieces": Fault(answer=answer_in_pieces, harmless=True),
    "answer-twice": Fault(answer=answer_twice, harmless=True),
    "answer-of-another-kind": Fault(answer=answer_of(False)),
    "answer-of-an-earlier-one": Fault(answer=answer_of(True)),
    "answer-truncated": Fault(answer=truncated_answer),
    "answer-content-corrupted": Fault(answer=corrupted_answer(CONTENT)),
    "answer-reference-corrupted": Fault(answer=corrupted_answer(REFERENCE)),
    "answer-signature-corrupted": Fault(answer=corrupted_answer(SIGNATURE)),
    "answer-forged": Fault(answer=forged_answer),
    "answer-is-a-forged-fault": Fault(answer=forged_fault),
    "answer-is-a-web-page": Fault(answer=not_the_server(200, "text/html", b"<html><body>Sign in to the network</body></html>")),
    "answer-is-an-error-page": Fault(answer=not_the_server(502, "text/html", b"<html>Bad gateway</html>")),
    "answer-is-empty": Fault(answer=not_the_server(200, "text/xml", b"")),
}
