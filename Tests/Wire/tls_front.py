"""TLS before servers that have none: tls_front.py FOLDER PORT...

Makes an authority (FOLDER/authority.pem), listens once for each PORT with a certificate by it for "localhost", and once for the
first with one by somebody else, passes all bytes on, and prints one line of JSON: the ports, in that order.
"""

import asyncio
import json
import pathlib
import ssl
import sys

from certificates import certificate, new_key, pem


def context(folder, kind, issuer_key):
    key = new_key()
    pem(folder / f"{kind}.pem", certificate(kind, key, "authority", issuer_key, ["localhost"]), key)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / f"{kind}.pem")
    # gRPC wants its protocol named; who speaks HTTP/1.1 offers that only.
    made.set_alpn_protocols(["h2", "http/1.1"])
    return made


async def pass_on(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def listen(port, security):
    async def visited(reader, writer):
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return writer.close()
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    server = await asyncio.start_server(visited, "127.0.0.1", 0, ssl=security)
    return server.sockets[0].getsockname()[1]


async def main():
    folder, ports = pathlib.Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]
    authority, stranger = new_key(), new_key()
    pem(folder / "authority.pem", certificate("authority", authority, "authority", authority))
    good, bad = context(folder, "good", authority), context(folder, "stranger", stranger)
    made = [await listen(port, good) for port in ports] + [await listen(ports[0], bad)]
    print(json.dumps(made), flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
