"""The ledger and the queues at one instant, for the health page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway.journal import Balance, balance
from gateway.store.mail_views import queue_ages
from gateway.store.view_model import QueueAges


@dataclass(frozen=True, slots=True)
class Overview:
    ledger: Balance  # accepted = sum of fates + pending, or something is wrong
    queues: QueueAges


def overview(connection: Connection, now: datetime) -> Overview:
    return Overview(balance(connection), queue_ages(connection, now))
