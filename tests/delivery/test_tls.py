"""The connection to the smarthost: who it is, and that nothing secret is said in clear."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.config.model import Configuration, Outbound
from gateway.delivery.session import Session, Unreachable
from gateway.store.database import Database
from gateway.store.outbox import State
from tests.delivery.conftest import IMPATIENT, QUICK
from tests.support.certificates import Certificate, make_certificate
from tests.support.outgoing import configuration, mail, row, sending, store
from tests.support.smarthost import Smarthost
from tests.support.waiting import wait_until

CREDENTIALS = ("gateway", "correct horse")


def settings(smarthost: Smarthost, tls: str, *, password: str = "") -> Configuration:
    login = {"username": CREDENTIALS[0], "password": password} if password else {}
    return configuration(smarthost=smarthost.address, tls=tls, **login)


def deliver(database: Database, smarthost: Smarthost, asked: Configuration, certificate: Certificate) -> None:
    """One mail, which must arrive."""
    with sending(database, asked, pace=QUICK, patience=IMPATIENT, trust=certificate.client_context):
        store(database, mail())
        smarthost.wait_for(lambda: smarthost.count == 1)


def refuse(database: Database, asked: Configuration, certificate: Certificate) -> str:
    """One mail, which must stay; the fault."""
    with sending(database, asked, pace=QUICK, patience=IMPATIENT, trust=certificate.client_context):
        (number,) = store(database, mail())
        wait_until(lambda: row(database, number).last_reply)
        wait_until(lambda: row(database, number).state == State.QUEUED)
    fault: str = row(database, number).last_reply
    return fault


@pytest.mark.parametrize("tls", ["opportunistic", "required", "implicit"])
def test_mail_and_password_are_encrypted(sqlite_database: Database, certificate: Certificate, tls: str) -> None:
    with Smarthost(tls=certificate.server_context(), implicit=tls == "implicit", credentials=CREDENTIALS) as smarthost:
        deliver(sqlite_database, smarthost, settings(smarthost, tls, password=CREDENTIALS[1]), certificate)
    assert smarthost.taken[0].encrypted
    assert smarthost.taken[0].user == CREDENTIALS[0]
    assert all(encrypted for encrypted, line in smarthost.commands if line.startswith(("AUTH", "MAIL")))


@pytest.mark.parametrize("tls", ["required", "implicit"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_bad_certificate_gets_nothing(
    sqlite_database: Database, certificate: Certificate, tmp_path: Path, tls: str, wrong: str
) -> None:
    theirs = make_certificate(tmp_path, names=("localhost", "127.0.0.1") if wrong == "authority" else ("mx.evil.test",))
    trusted = certificate if wrong == "authority" else theirs
    with Smarthost(tls=theirs.server_context(), implicit=tls == "implicit", credentials=CREDENTIALS) as smarthost:
        fault = refuse(sqlite_database, settings(smarthost, tls, password=CREDENTIALS[1]), trusted)
    assert "certificate" in fault.lower()
    assert smarthost.count == 0
    assert not [line for _, line in smarthost.commands if line.startswith(("AUTH", "MAIL"))]


def test_required_and_not_offered_sends_nothing(sqlite_database: Database, certificate: Certificate) -> None:
    with Smarthost(
        mode="no-starttls", tls=certificate.server_context(), credentials=CREDENTIALS, extensions=("AUTH PLAIN LOGIN",)
    ) as smarthost:
        fault = refuse(sqlite_database, settings(smarthost, "required", password=CREDENTIALS[1]), certificate)
    assert "STARTTLS" in fault
    assert {line.split()[0] for _, line in smarthost.commands} <= {"EHLO", "QUIT"}


def test_opportunistic_takes_what_there_is(sqlite_database: Database, certificate: Certificate, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path, names=("other.test",))
    with Smarthost(tls=stranger.server_context()) as smarthost:
        deliver(sqlite_database, smarthost, settings(smarthost, "opportunistic"), certificate)
    assert smarthost.taken[0].encrypted
    with Smarthost() as smarthost:
        deliver(sqlite_database, smarthost, settings(smarthost, "opportunistic"), certificate)
    assert not smarthost.taken[0].encrypted


def test_none_does_not_even_ask(sqlite_database: Database, certificate: Certificate) -> None:
    with Smarthost(tls=certificate.server_context()) as smarthost:
        deliver(sqlite_database, smarthost, settings(smarthost, "none"), certificate)
    assert not smarthost.taken[0].encrypted


def test_what_was_injected_before_the_handshake_is_ignored(sqlite_database: Database, certificate: Certificate) -> None:
    with Smarthost(mode="starttls-inject", tls=certificate.server_context()) as smarthost:
        deliver(sqlite_database, smarthost, settings(smarthost, "required"), certificate)
    inside = [line for encrypted, line in smarthost.commands if encrypted]
    assert inside[0].startswith("EHLO ")
    assert not [line for line in inside if line.startswith("AUTH")]
    # With a login configured, AUTH was offered by the injected lines alone: nothing is believed, nothing is said.
    with Smarthost(mode="starttls-inject", tls=certificate.server_context()) as smarthost:
        refuse(sqlite_database, settings(smarthost, "required", password=CREDENTIALS[1]), certificate)
    assert not [line for _, line in smarthost.commands if line.startswith("AUTH")]
    assert smarthost.count == 0


def test_a_wrong_password_fails_no_mail(sqlite_database: Database, certificate: Certificate) -> None:
    with Smarthost(tls=certificate.server_context(), credentials=CREDENTIALS) as smarthost:
        fault = refuse(sqlite_database, settings(smarthost, "required", password="wrong horse"), certificate)
    assert fault.startswith(smarthost.address)
    assert "535" in fault
    assert "wrong horse" not in fault


async def test_no_password_in_clear_even_if_the_configuration_were_wrong() -> None:
    with Smarthost(credentials=CREDENTIALS) as smarthost:
        outbound = Outbound.model_construct(  # past the check that refuses this
            smarthost=f"127.1:{smarthost.port}",  # a name for loopback that is not taken for it
            tls="opportunistic",
            username=CREDENTIALS[0],
            password=SecretStr(CREDENTIALS[1]),
        )
        with pytest.raises(Unreachable, match="without TLS"):
            await Session.open(outbound, hostname="gateway.example.com", patience=IMPATIENT)
    assert not [line for _, line in smarthost.commands if line.startswith("AUTH")]


@pytest.mark.parametrize(("mode", "fault"), [("hang-greeting", "Timed out"), ("refuse-greeting", "554 5.3.2")])
def test_a_smarthost_that_does_not_greet(
    sqlite_database: Database, certificate: Certificate, mode: str, fault: str
) -> None:
    with Smarthost(mode=mode) as smarthost:
        assert fault in refuse(sqlite_database, settings(smarthost, "none"), certificate)
