"""Where the author of a mail asks for answers (Reply-To, RFC 5322 section 3.6.2), where that is another mailbox than their own.

Nobody is answered there by themselves: the field is a stranger's line of text, which could name any victim. An agent may add the address.
"""

from gateway.mail.address import address_key
from gateway.mail.model import Message


def answers_elsewhere(message: Message) -> str | None:
    """The other address; None where there is none, or no single author to compare it with."""
    if message.reply_to is None or message.author is None:
        return None
    address = message.reply_to.address
    return address if address_key(address) != address_key(message.author.address) else None
