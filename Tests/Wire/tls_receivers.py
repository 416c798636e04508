"""HTTPS receivers on this machine, each with another certificate: tls_receivers.py FOLDER.

Makes an authority (FOLDER/authority.pem) and certificates by it and by others, listens with each of them, prints one line
of JSON with the port of each, and writes a line of JSON for each request that got through to FOLDER/received.
"""

import datetime
import http.server
import ipaddress
import json
import pathlib
import ssl
import sys
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FOLDER = pathlib.Path(sys.argv[1])
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
lock = threading.Lock()


def name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, issuer_key, hosts=(), begins=NOW - DAY, ends=NOW + DAY):
    """Hosts make it a server's; without them it is an authority's."""
    builder = (
        x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
    )
    if hosts:
        names = [x509.IPAddress(ipaddress.ip_address(h)) if h[0].isdigit() else x509.DNSName(h) for h in hosts]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(path, made, key=None):
    data = made.public_bytes(serialization.Encoding.PEM)
    if key:
        data += key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    path.write_bytes(data)


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


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


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
