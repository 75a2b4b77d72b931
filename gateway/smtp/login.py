"""AUTH as a conversation: challenges out, responses in, until there are credentials or a reply that says why not."""

from collections.abc import Awaitable, Callable

from gateway.smtp import replies
from gateway.smtp.dialogue import Login
from gateway.smtp.replies import SmtpReply
from gateway.smtp.sasl import MECHANISMS, Cancelled, Credentials, Malformed
from gateway.smtp.wire import LineTooLong


async def ask(
    login: Login, say: Callable[[SmtpReply], None], line: Callable[[], Awaitable[bytes | None]]
) -> Credentials | SmtpReply | None:
    """What the client says who it is, or the reply to what cannot be understood; None where it left.

    ``line`` sends what was said and gives the next line; it may raise ``gateway.smtp.wire.Garbage``.
    """
    exchange = MECHANISMS[login.mechanism](login.initial)
    try:
        challenge = next(exchange)
        while True:
            say(replies.challenge(challenge))
            response = await line()
            if response is None:
                return None
            challenge = exchange.send(response)
    except StopIteration as end:
        credentials: Credentials = end.value
        return credentials
    except LineTooLong:
        return replies.LINE_TOO_LONG
    except Malformed:
        return replies.LOGIN_SYNTAX
    except Cancelled:
        return replies.LOGIN_CANCELLED
