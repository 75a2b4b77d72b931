"""A rule answers the customer by a template: a notice like all others, with all that keeps automatic mail from doing harm."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from gateway.automation.effects import CannotDo
from gateway.desk.office import Office
from gateway.desk.telling_requester import tell_requester
from gateway.notify.replies import TemplateReply, reply_template
from gateway.rules.changes import Effect
from gateway.store.tickets import ticket_row


def by_template(connection: Connection, office: Office, number: int, effect: Effect, now: datetime) -> bool:
    """Write it in the ticket's language, else in the brand's. Two rules that say the same at one moment are one mail."""
    row = ticket_row(connection, number)
    assert row is not None
    brand = office.addresses.brand(row.brand)
    templates = office.templates_of(brand.id)
    wanted = dict.fromkeys((row.language, str(brand.language)))
    languages = (it for it in wanted if templates.has(f"mail/{it}/{reply_template(effect.value)}.txt.j2"))
    language = next(languages, None)
    if language is None:
        raise CannotDo(f"there is no reply {effect.value} in {' or '.join(wanted)}")
    write = partial(TemplateReply, effect.value)
    told = {"template": effect.value, "rule": effect.rule}
    occasion = f"{effect.value}:{now.isoformat()}"
    return tell_requester(connection, office, row, write, occasion, now, language=language, told=told)
