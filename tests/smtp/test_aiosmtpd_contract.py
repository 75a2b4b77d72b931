"""What the session uses of aiosmtpd beyond its documentation. A new version that changes it fails here, not at a customer's door."""

import asyncio
import inspect
from importlib.metadata import version

from aiosmtpd.smtp import SMTP

from gateway.smtp.entrance import MANNERS
from gateway.smtp.session import Session
from tests.support.smtp_house import House


def test_the_version_is_the_one_that_was_read() -> None:
    assert version("aiosmtpd") == "1.4.6"


def test_the_names_are_there() -> None:
    for name in (
        "_handle_client",
        "_reset_timeout",
        "_cb_client_connected",
        "_set_rset_state",
        "_create_session",
        "smtp_STARTTLS",
    ):
        assert inspect.isfunction(getattr(SMTP, name)), name
    made = inspect.getsource(SMTP.connection_made)
    for use in (
        "self._set_rset_state()",
        "self._create_session()",
        "self._reset_timeout()",
        "self._original_transport",
        "self._reader._buffer.clear()",
        "self._tls_protocol._extra",
        "self._handle_hooks",
        "self._handle_client()",
    ):
        assert use in made, use
    starttls = inspect.getsource(SMTP.smtp_STARTTLS)
    for use in (
        "self.tls_context",
        "self.push(",
        "self._tls_protocol = ",
        "self._original_transport = ",
        "TLSSetupException",
    ):
        assert use in starttls, use


async def test_inherited_methods_find_all_that_they_read(house: House) -> None:
    """The constructor of aiosmtpd is not called: every attribute that its inherited methods use is set by ours."""
    plain = SMTP(object(), hostname="mx.example.com", loop=asyncio.get_running_loop())
    ours = Session(house.door._house, MANNERS["smtp"], loop=asyncio.get_running_loop())
    used = {
        name
        for method in (
            SMTP.connection_made,
            SMTP.smtp_STARTTLS,
            SMTP._cb_client_connected,
            SMTP._set_rset_state,
            SMTP._set_post_data_state,
            SMTP._create_session,
            SMTP._create_envelope,
        )
        for name in method.__code__.co_names
        if name in vars(plain)
    }
    assert used - set(vars(ours)) <= {
        "session",
        "envelope",
        "_handler_coroutine",
    }  # these are set by connection_made itself
    assert {"_reader", "_writer"} <= set(Session._cb_client_connected.__code__.co_names)
