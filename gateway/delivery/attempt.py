"""One try of one mail: what to say to the smarthost, and what its answer makes of the mail."""

from collections.abc import Callable
from datetime import datetime

from gateway.delivery import outcome
from gateway.delivery.outcome import Explanation, Reply, Verdict
from gateway.delivery.route import Route
from gateway.delivery.schedule import next_attempt
from gateway.delivery.session import Broken, Envelope, Session, Unreachable
from gateway.store.outbox import Claimed, Settlement, State


async def attempt(claim: Claimed, raw: bytes, route: Route) -> Reply | Broken | Explanation:
    """Offer one mail: the reply, how the connection broke, or why it cannot be offered. Raises Unreachable."""
    session = await route.take()
    reused = session.mails > 0
    result = await _offer(claim, raw, session, route)
    if reused and isinstance(result, Broken) and not result.unconfirmed:
        # An idle connection may have been closed by the other side just now: that says nothing about the mail.
        return await _offer(claim, raw, await route.take(fresh=True), route)
    return result


async def _offer(claim: Claimed, raw: bytes, session: Session, route: Route) -> Reply | Broken | Explanation:
    try:
        planned = envelope(claim, raw, offers=session.offers, size_limit=session.size_limit)
        if isinstance(planned, Explanation):
            return planned
        reply = await session.send(planned, raw)
    except Broken as broken:
        return broken
    except BaseException:  # cut off in the middle of a mail: of no use for another
        session.close()
        raise
    finally:
        route.give_back(session)
    if outcome.verdict(reply) is Verdict.OUR_SETTINGS:
        raise Unreachable(str(reply))
    return reply


def envelope(
    claim: Claimed, raw: bytes, *, offers: Callable[[str], bool], size_limit: int | None
) -> Envelope | Explanation:
    """What MAIL and RCPT say, or why this mail cannot pass this smarthost. Extensions are asked for only if needed."""
    if size_limit is not None and len(raw) > size_limit:
        return outcome.TOO_BIG
    options: list[str] = []
    encoding = "ascii"
    if offers("size"):
        options.append(f"SIZE={len(raw)}")
    header = raw[: raw.index(b"\r\n\r\n")]
    if not (claim.recipient.isascii() and claim.reverse_path.isascii() and header.isascii()):  # RFC 6531 §3.4
        if not offers("smtputf8"):
            return outcome.NEEDS_SMTPUTF8
        options.append("SMTPUTF8")
        encoding = "utf-8"
    if not raw.isascii():
        if not offers("8bitmime"):
            return outcome.NEEDS_8BITMIME
        options.append("BODY=8BITMIME")
    return Envelope(claim.reverse_path, claim.recipient, tuple(options), encoding)


def judge(claim: Claimed, result: Reply | Broken | Explanation, now: datetime, jitter: float) -> Settlement:
    """What a try makes of the mail. Pure."""
    if isinstance(result, Explanation):
        return _failed(claim, None, result)
    if isinstance(result, Broken):
        if result.unconfirmed and claim.unconfirmed >= 1:
            return _failed(claim, str(result), outcome.TWICE_UNCONFIRMED)
        return _later(claim, str(result), now, jitter, unconfirmed=result.unconfirmed)
    match outcome.verdict(result):
        case Verdict.SENT:
            return Settlement(claim.id, claim.fence, State.SENT, str(result))
        case Verdict.NEVER:
            return _failed(claim, str(result), outcome.explain(result))
        case _:
            return _later(claim, str(result), now, jitter)


def postpone(claim: Claimed, fault: str) -> Settlement:
    """The smarthost could not be used: due again as it was.

    The first such attempt is counted, so that people see that there was one. The others are not: an outage says nothing about
    the mail, and must not lengthen its waits.
    """
    return Settlement(claim.id, claim.fence, State.QUEUED, fault, claim.due_at, tried=claim.attempts == 1)


def give_back(claim: Claimed) -> Settlement:
    """The mail's turn did not come: as if it had not been claimed."""
    return Settlement(claim.id, claim.fence, State.QUEUED, None, claim.due_at, tried=False)


def _later(claim: Claimed, reply: str, now: datetime, jitter: float, *, unconfirmed: bool = False) -> Settlement:
    at = next_attempt(claim.attempts, now, jitter, expires_at=claim.expires_at, unconfirmed=unconfirmed)
    if at is None:
        return _failed(claim, reply, outcome.EXPIRED)
    return Settlement(claim.id, claim.fence, State.QUEUED, reply, at, unconfirmed=unconfirmed)


def _failed(claim: Claimed, reply: str | None, why: Explanation) -> Settlement:
    return Settlement(claim.id, claim.fence, State.FAILED, reply or why.text, reason=why.reason, explanation=why.text)
