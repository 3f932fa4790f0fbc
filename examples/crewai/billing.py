# The shop's billing, in place of a real one: payments, and refunds that whoever has the key may make.
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

KEY = os.environ["BILLING_KEY"]
CARD = "5555 5555 5555 4444"
PAYMENTS = [
    {"id": "p_71", "order": 1003, "amount": "410.00", "card": CARD, "at": "2026-11-20T09:12:04Z"},
    {"id": "p_72", "order": 1003, "amount": "410.00", "card": CARD, "at": "2026-11-20T09:12:05Z"},
]
refunds = []


class Billing(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/v1/payments":
            order = parse_qs(url.query).get("order", [""])[0]
            found = [payment for payment in PAYMENTS if str(payment["order"]) == order]
            # It tells what it was sent, as careless services do: the gateway's key.
            self.answer(200, {"payments": found, "debug": {"authorization": self.headers["authorization"]}})
        elif url.path == "/v1/refunds":
            self.answer(200, {"refunds": refunds})
        else:
            self.answer(404, {"error": "there is no such thing"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        if self.path != "/v1/refunds":
            return self.answer(404, {"error": "there is no such thing"})
        refund = {"id": f"r_{len(refunds) + 1}", **json.loads(body)}
        refunds.append(refund)
        self.answer(201, refund)

    def answer(self, status, document):
        if self.headers["authorization"] != f"Bearer {KEY}":
            status, document = 401, {"error": "who are you?"}
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


with ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "5080"))), Billing) as server:
    print(f"billing listens on {server.server_address[1]}", flush=True)
    server.serve_forever()
