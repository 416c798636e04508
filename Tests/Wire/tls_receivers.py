"""HTTPS receivers on this machine, each with another certificate: tls_receivers.py FOLDER.

Makes an authority (FOLDER/authority.pem) and certificates by it and by others, listens with each of them, prints one line
of JSON with the port of each, and writes a line of JSON for each request that got through to FOLDER/received.
"""

import http.server
import json
import pathlib
import ssl
import sys
import threading

from certificates import DAY, NOW, certificate, new_key, pem

FOLDER = pathlib.Path(sys.argv[1])
lock = threading.Lock()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        line = {"to": self.server.certificate, "headers": dict(self.headers), "body": json.loads(body)}
        with lock, open(FOLDER / "received", "a") as file:
            file.write(json.dumps(line) + "\n")
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def listen(kind, made, key):
    file = FOLDER / f"{kind}.pem"
    pem(file, made, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.certificate = kind
    # The handshake belongs to a connection's own thread: a visitor who gives up must not hold the others.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


authority, stranger = new_key(), new_key()
own = certificate("authority", authority, "authority", authority)
pem(FOLDER / "authority.pem", own)
keys = {kind: new_key() for kind in ("good", "address", "othername", "outdated", "early", "stranger", "alone")}
ports = {}
for kind, hosts, issuer, issuer_key, begins, ends in [
    ("good", ["localhost"], "authority", authority, NOW - DAY, NOW + DAY),
    ("address", ["127.0.0.1"], "authority", authority, NOW - DAY, NOW + DAY),
    ("othername", ["hooks.example"], "authority", authority, NOW - DAY, NOW + DAY),
    ("outdated", ["localhost"], "authority", authority, NOW - 3 * DAY, NOW - DAY),
    ("early", ["localhost"], "authority", authority, NOW + DAY, NOW + 3 * DAY),
    # An authority of the same name with another key, and a certificate that vouches for itself.
    ("stranger", ["localhost"], "authority", stranger, NOW - DAY, NOW + DAY),
    ("alone", ["localhost"], "alone", keys["alone"], NOW - DAY, NOW + DAY),
]:
    ports[kind] = listen(kind, certificate(kind, keys[kind], issuer, issuer_key, hosts, begins, ends), keys[kind])
print(json.dumps(ports), flush=True)
threading.Event().wait()
