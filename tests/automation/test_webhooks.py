"""Other programs are told, over real sockets: signed, again until they answer, and never a program in our own network by surprise."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from sqlalchemy import select

from gateway.automation import webhooks
from gateway.automation.webhooks import WAITS, make_calls
from gateway.store import schema
from gateway.store.schema import webhook_calls
from tests.automation.conftest import House

Ruled = Callable[..., House]
SECRET = "0123456789abcdef-secret"


class Program(HTTPServer):
    """Answers with ``status``; remembers what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.echoes = False
        self.pause = 0.0  # seconds between octets of the answer
        self.calls: list[tuple[dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Program

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((dict(self.headers.items()), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        if self.server.echoes:
            self.wfile.write(json.dumps(dict(self.headers.items())).encode())
        for _ in range(100 if self.server.pause else 0):
            time.sleep(self.server.pause)
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return
        with suppress(OSError):
            self.wfile.write(b"x" * 100_000)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def program() -> Iterator[Program]:
    server = Program()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def hooked(ruled: Ruled, program: Program, **settings: object) -> House:
    hook = {
        "id": "shop",
        "url": f"http://127.0.0.1:{program.server_port}/in?x=1",
        "secret": SECRET,
        "allow_private": True,
        **settings,
    }
    return ruled(
        rules="events: [{name: Tell, on: created, then: {webhook: shop}}]", webhooks=json.dumps({"webhooks": [hook]})
    )


def row(house: House) -> object:
    with house.office.database.read() as connection:
        return connection.execute(select(webhook_calls)).one()


def call(house: House, **more: object) -> int:
    return make_calls(house.office.database, house.office.office, house.office.now, **more)  # type: ignore[arg-type]


def test_a_call_is_signed_and_made_once(ruled: Ruled, program: Program) -> None:
    house = hooked(ruled, program)
    number = house.write("secret words")
    house.follow()
    assert call(house) == 1
    assert call(house) == 0
    ((headers, body),) = program.calls
    expected = hmac.new(
        SECRET.encode(), headers["X-Gateway-Timestamp"].encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    assert headers["X-Gateway-Signature"] == f"v1={expected}"
    told = json.loads(body)
    assert (told["rule"], told["ticket"]["number"], told["ticket"]["status"]) == ("Tell", number, "new")
    assert b"secret words" not in body
    assert b"Lamp" not in body
    assert row(house).state == "done"  # type: ignore[attr-defined]


def test_words_go_along_only_where_that_is_configured(ruled: Ruled, program: Program) -> None:
    house = hooked(ruled, program, words=True)
    house.write("It is dark.")
    house.follow()
    call(house)
    assert json.loads(program.calls[0][1])["ticket"]["text"].strip() == "It is dark."


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_program_that_does_not_take_it_is_asked_again_and_then_given_up(
    ruled: Ruled, program: Program, status: int
) -> None:
    house = hooked(ruled, program)
    number = house.write()
    house.follow()
    program.status = status
    for wait in WAITS:
        assert call(house) == 1
        house.office.now += wait / 2
        assert call(house) == 0
        house.office.now += wait / 2
    assert call(house) == 1
    assert len({headers["X-Gateway-Key"] for headers, _ in program.calls}) == 1
    assert len(program.calls) == len(WAITS) + 1
    assert row(house).state == "failed"  # type: ignore[attr-defined]
    (failed,) = house.office.events(number, "rule_failed")
    assert failed.data["why"].startswith(f"webhook shop: it answered {status}")
    assert len(failed.data["why"]) < 600


def test_a_program_that_is_gone_for_good_is_not_asked_again(ruled: Ruled, program: Program) -> None:
    house = hooked(ruled, program)
    house.write()
    house.follow()
    program.status = 410
    call(house)
    assert row(house).state == "failed"  # type: ignore[attr-defined]


def test_a_program_that_is_down_is_asked_again(ruled: Ruled, program: Program) -> None:
    house = hooked(ruled, program, url="http://127.0.0.1:1/")
    house.write()
    house.follow()
    call(house)
    assert (row(house).state, row(house).attempts) == ("waiting", 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "2002:7f00:1::",
        "224.0.0.1",
        "100.64.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "::127.0.0.1",
        "fec0::1",
    ],
)
def test_a_name_that_leads_into_our_own_network_is_refused(ruled: Ruled, program: Program, address: str) -> None:
    house = hooked(ruled, program, url="https://hooks.example.com/", allow_private=False)
    number = house.write()
    house.follow()
    call(house, resolve=lambda _host, _port: ["93.184.215.14", address])
    assert not program.calls
    (failed,) = house.office.events(number, "rule_failed")
    assert f"leads to {address}, which is no public address" in failed.data["why"]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "017700000001", "[::ffff:7f00:1]"])
def test_other_ways_to_write_this_machine_lead_nowhere(ruled: Ruled, program: Program, host: str) -> None:
    """Asked of the system's own resolver, which understands all of them."""
    house = hooked(ruled, program)
    hook = house.office.office.webhooks["shop"]
    url = f"http://{host}:{program.server_port}/"
    house.office.office.webhooks["shop"] = hook.model_copy(update={"url": url, "allow_private": False})
    number = house.write()
    house.follow()
    call(house)
    assert not program.calls
    (failed,) = house.office.events(number, "rule_failed")
    assert "is no public address" in failed.data["why"]


def test_the_call_goes_to_the_address_that_was_checked(ruled: Ruled, program: Program) -> None:
    """A name that leads elsewhere when it is asked for again: it is asked for once."""
    house = hooked(ruled, program, url=f"http://rebinding.example.com:{program.server_port}/")
    house.write()
    house.follow()
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    call(house, resolve=resolve)
    assert asked == ["rebinding.example.com"]
    ((headers, _),) = program.calls
    assert headers["Host"] == f"rebinding.example.com:{program.server_port}"


def test_numbers_that_nobody_may_see_do_not_leave_either(ruled: Ruled, program: Program) -> None:
    house = hooked(ruled, program, words=True)
    house.write("My card is 4111 1111 1111 1111.", subject="Card 5555555555554444")
    house.follow()
    call(house)
    ((_, body),) = program.calls
    told = json.loads(body)["ticket"]
    assert told["text"] == "My card is 4111 11** **** 1111."
    assert told["subject"] == "Card 555555******4444"


def test_a_program_that_answers_an_octet_at_a_time_is_cut_off(
    ruled: Ruled, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS_IN_ALL", 0.5)
    program.pause = 0.1
    house = hooked(ruled, program)
    house.write()
    house.follow()
    began = time.monotonic()
    call(house)
    assert time.monotonic() - began < 3
    assert (row(house).state, row(house).last_reply) == ("waiting", "it took longer than 0.5 s in all")  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [200, 500, 410])
def test_the_secret_stays_ours(ruled: Ruled, program: Program, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever comes of the call, and although the other side sends back all that it got."""
    caplog.set_level("DEBUG")
    program.status, program.echoes = status, True
    house = hooked(ruled, program)
    house.write()
    house.follow()
    call(house)
    assert len(program.calls) == 1
    with house.office.database.read() as connection:
        rows = [repr(tuple(it)) for table in schema.metadata.sorted_tables for it in connection.execute(select(table))]
    assert status == 200 or any("X-Gateway-Key" in it for it in rows), "what it answered is kept"
    assert not any(SECRET in it for it in (*rows, caplog.text, repr(house.office.office.webhooks["shop"])))


def test_two_nodes_do_not_make_one_call_twice(ruled: Ruled, program: Program) -> None:
    house = hooked(ruled, program)
    for k in range(6):
        house.write(message_id=f"m{k}@customer.example")
    house.follow()
    threads = [threading.Thread(target=call, args=(house,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = [headers["X-Gateway-Key"] for headers, _ in program.calls]
    assert len(keys) == len(set(keys)) == 6


@pytest.mark.parametrize(
    ("hook", "wrong"),
    [
        ("{id: a, url: 'ftp://x/', secret: 0123456789abcdef}", "is not an address to call"),
        ("{id: a, url: 'https://u:p@x.example/', secret: 0123456789abcdef}", "would stand in logs"),
        ("{id: a, url: 'https://x.example/', secret: short}", "this secret is too short"),
        ("{id: a, url: 'http://x.example/', secret: 0123456789abcdef}", "would travel in clear"),
        ("{id: a, url: 'https://127.0.0.1/', secret: 0123456789abcdef}", "is no public address"),
        ("{id: a, url: 'https://x.example/', secret: '${NOT_SET_AT_ALL}'}", "is not set"),
    ],
)
def test_webhooks_that_cannot_be_are_refused(house: House, hook: str, wrong: str) -> None:
    with pytest.raises(Exception, match=wrong):
        house.take_over(webhooks=f"webhooks: [{hook}]")
