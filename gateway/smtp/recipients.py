"""May this recipient have mail? Decided at RCPT, so that we never have to send a bounce (RFC 5321 section 6.2)."""

from gateway.smtp.ports import Addresses
from gateway.smtp.replies import NO_MAILBOX, NO_RELAY, RECIPIENT_OK, SmtpReply

# One reply for every address that is taken: an answer that told good reply tokens from bad ones could be asked for good ones.
_REPLIES: dict[str, SmtpReply] = {
    "brand": RECIPIENT_OK,
    "token": RECIPIENT_OK,
    "postmaster": RECIPIENT_OK,
    "unknown": NO_MAILBOX,
    "foreign": NO_RELAY,
}


def judge(addresses: Addresses, address: str) -> SmtpReply:
    """The reply to RCPT for an address whose grammar is right. Whatever ``addresses`` raises goes through: the caller says 451."""
    return _REPLIES[addresses.verdict(address).kind]
