"""However TCP cuts a conversation: the stored octets are the sent ones, and each command gets one reply."""

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.smtp_client import dot_stuff
from tests.support.smtp_house import running

pieces = st.sampled_from(
    [b".", b"..", b"a", b"", b" .", b"\xff", b"MAIL FROM:<x@y.example>", b"QUIT", b"DATA", b"x" * 3000]
)
messages = st.lists(st.lists(pieces, max_size=3).map(b"".join), max_size=8).map(
    lambda lines: b"".join(line + b"\r\n" for line in lines) or b"\r\n"
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=st.lists(messages, min_size=1, max_size=3), cuts=st.lists(st.integers(0, 6000), max_size=20))
async def test_any_segmentation(mails: list[bytes], cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with running(Path(directory)) as house, await house.client() as client:
            await client.hello()
            for message in mails:
                await client.expect("MAIL FROM:<kim@customer.example>", 250)
                await client.expect("RCPT TO:<support@example.com>", 250)
                await client.expect("DATA", 354)
                stream = dot_stuff(message) + b"NOOP\r\nRSET\r\n"
                edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
                await client.send(*(stream[a:b] for a, b in pairwise(edges)))
                assert [str(await client.reply())[:22] for _ in range(3)] == [
                    "250 2.0.0 Accepted as ",
                    "250 2.0.0 OK",
                    "250 2.0.0 OK",
                ]
            await client.expect("QUIT", 221)
            assert await client.closed()
        assert [house.raw(record) for record in house.records] == mails
