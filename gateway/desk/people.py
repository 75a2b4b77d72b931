"""The acts of ``gateway.desk.participants`` and ``gateway.desk.join``, each as one transaction, for the web view and the command line."""

from dataclasses import dataclass

from gateway.desk.actions import Desk, acting_agent
from gateway.desk.join import decline, join, split
from gateway.desk.participants import Joined, add_person, remove_person, withdraw_reply_addresses


@dataclass(frozen=True)
class People:
    """``agent`` is an agent's id; DeskError says what is wrong."""

    desk: Desk

    def add(self, ticket: int, address: str, agent: int) -> Joined:
        """Make the owner of an address a participant, and tell everybody who takes part."""
        with self.desk.database.write() as connection:
            who = acting_agent(connection, agent)
            joined = add_person(connection, self.desk.office(), ticket, address, who, now=self.desk.now())
        self.desk.on_outgoing()
        return joined

    def remove(self, ticket: int, participant: int, agent: int) -> str:
        """Take a participant off the ticket; returns their address."""
        with self.desk.database.write() as connection:
            who = acting_agent(connection, agent)
            return remove_person(connection, ticket, participant, who, now=self.desk.now())

    def withdraw(self, ticket: int, participant: int, agent: int) -> str:
        """Let a participant's reply addresses of before count no more; returns their address."""
        with self.desk.database.write() as connection:
            who = acting_agent(connection, agent)
            return withdraw_reply_addresses(connection, ticket, participant, who, now=self.desk.now())

    def join(self, message: int, agent: int) -> Joined:
        """Let a request to join in."""
        with self.desk.database.write() as connection:
            joined = join(connection, self.desk.office(), message, acting_agent(connection, agent), now=self.desk.now())
        self.desk.on_outgoing()
        return joined

    def decline(self, message: int, agent: int) -> int:
        """Leave a request to join outside; returns the ticket's number."""
        with self.desk.database.write() as connection:
            return decline(connection, message, acting_agent(connection, agent), now=self.desk.now())

    def split(self, message: int, agent: int) -> int:
        """Give a mail a ticket of its own; returns the new number."""
        with self.desk.database.write() as connection:
            return split(connection, self.desk.office(), message, acting_agent(connection, agent), now=self.desk.now())
