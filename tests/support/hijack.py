"""A solved ticket with people on it, and what an attacker could show of it: for tests about who may write to whose ticket."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.threading.model import NoticeKind
from gateway.threading.tokens import mint_message_id, reply_address
from tests.support.accepted import mail
from tests.support.gatehouse import Gatehouse
from tests.support.office import KEYRING

REQUESTER, PARTICIPANT, STRANGER = "anna@client.test", "ben@client.test", "eve@evil.test"
FORGED_AGENT, AGENT = "kim@example.com", "kate@example.com"  # people of ours; Kate takes part in the ticket as an agent
OTHER, ATTACKER = "olga@elsewhere.test", "mallory@evil.test"
SECRET = "The door code is 4711."


@dataclass
class Scene:
    """A solved ticket of Anna with Ben and the agent Kate, and a ticket of somebody else."""

    house: Gatehouse
    ticket: int
    other: int

    def participation(self, address: str, ticket: int | None = None) -> int | None:
        people = self.house.people(ticket or self.ticket)
        return next((number for number, its, _ in people if its == address), None)

    def token(self, address: str, *, ticket: int | None = None, days: int = 100) -> str:
        participant = self.participation(address, ticket) or self.participation(REQUESTER)
        assert participant is not None
        today = self.house.office.now.date()
        return reply_address(
            KEYRING,
            local="reply",
            domain="reply.example.com",
            ticket=ticket or self.ticket,
            participant=participant,
            expires=today + timedelta(days=days),
        )

    def message_id(self, address: str) -> str:
        participant = self.participation(address) or self.participation(REQUESTER)
        assert participant is not None
        return mint_message_id(
            KEYRING,
            ticket=self.ticket,
            participant=participant,
            kind=NoticeKind.ACK,
            nonce=b"a mail of ours",
            domain="reply.example.com",
        )


def scene(house: Gatehouse) -> Scene:
    office = house.office
    other = office.take(mail("Mine.", sender=OTHER), reverse_path=OTHER).ticket_id
    ticket = office.take(mail(SECRET, sender=f"Anna <{REQUESTER}>", subject="Door"), reverse_path=REQUESTER).ticket_id
    house.join(ticket, PARTICIPANT, "cc")
    house.join(ticket, AGENT, "agent")
    office.desk.solve(ticket, office.agent)
    return Scene(house, ticket, other)


def broken(address: str) -> str:
    """The last letter of the signature changed."""
    local, _, domain = address.rpartition("@")
    return f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
