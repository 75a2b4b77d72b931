"""A DNS server on loopback, UDP and TCP on one port, that answers what a test says and misbehaves where a test wants it to."""

import socketserver
import threading
import time
from collections import Counter
from typing import Any, Literal

from dnslib import AAAA, CNAME, MX, PTR, QTYPE, RCODE, RR, TXT, A, DNSHeader, DNSRecord

Mode = Literal["servfail", "silent", "slow", "truncated", "loop"]
SLOW_SECONDS = 3.0


class DnsServer:
    """``with DnsServer() as dns``: set records with ``txt``, ``a``, ``mx``, ``ptr``; ``modes[name]`` to misbehave; ``asked`` counts."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[Any]] = {}
        self.modes: dict[str, Mode] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.by_tcp: Counter[str] = Counter()
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, socket = self.request
                reply = outer._reply(data, tcp=False)
                if reply is not None:
                    socket.sendto(reply, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            timeout = 5

            def handle(self) -> None:
                head = self.rfile.read(2)
                if len(head) == 2:
                    reply = outer._reply(self.rfile.read(int.from_bytes(head, "big")), tcp=True)
                    if reply is not None:
                        self.wfile.write(len(reply).to_bytes(2, "big") + reply)

        for _ in range(20):  # the same port must be free for both
            self._udp = _Udp(("127.0.0.1", 0), Udp)
            self.port: int = self._udp.server_address[1]
            try:
                self._tcp = _Tcp(("127.0.0.1", self.port), Tcp)
                break
            except OSError:
                self._udp.server_close()
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> "DnsServer":
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def txt(self, name: str, *texts: str | bytes) -> None:
        values = []
        for text in texts:
            octets = text.encode() if isinstance(text, str) else text
            values.append(TXT([octets[start : start + 255] for start in range(0, len(octets), 255)]))
        self.records[(name, "TXT")] = values

    def a(self, name: str, *addresses: str) -> None:
        self.records[(name, "A")] = [A(it) for it in addresses if ":" not in it]
        self.records[(name, "AAAA")] = [AAAA(it) for it in addresses if ":" in it]

    def mx(self, name: str, *hosts: str) -> None:
        self.records[(name, "MX")] = [MX(host, 10) for host in hosts]

    def ptr(self, name: str, host: str) -> None:
        self.records[(name, "PTR")] = [PTR(host)]

    def _reply(self, data: bytes, *, tcp: bool) -> bytes | None:
        request = DNSRecord.parse(data)
        name = str(request.q.qname).rstrip(".").lower()
        kind = QTYPE[request.q.qtype]
        self.asked[(name, kind)] += 1
        self.by_tcp[name] += tcp
        reply = DNSRecord(DNSHeader(id=request.header.id, qr=1, aa=1, ra=1), q=request.q)
        mode = self._mode(name)
        if mode == "silent":
            return None
        if mode == "slow":
            time.sleep(SLOW_SECONDS)
        elif mode == "servfail":
            reply.header.rcode = RCODE.SERVFAIL
            return bytes(reply.pack())
        elif mode == "loop":
            other = f"loop.{name}"
            reply.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME(other)), RR(other, QTYPE.CNAME, rdata=CNAME(name)))
            return bytes(reply.pack())
        for value in self.records.get((name, kind), ()):
            reply.add_answer(RR(name, request.q.qtype, rdata=value, ttl=300))
        if not any(known == name or known.endswith(f".{name}") for known, _ in self.records):
            reply.header.rcode = RCODE.NXDOMAIN
        packed = bytes(reply.pack())
        if not tcp and (mode == "truncated" or len(packed) > 1232):
            cut = DNSRecord(DNSHeader(id=request.header.id, qr=1, aa=1, ra=1, tc=1), q=request.q)
            packed = bytes(cut.pack())
        return packed

    def _mode(self, name: str) -> Mode | None:
        """A mode holds for a name and all below it."""
        labels = name.split(".")
        return next((self.modes[it] for at in range(len(labels)) if (it := ".".join(labels[at:])) in self.modes), None)


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65535


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = False
