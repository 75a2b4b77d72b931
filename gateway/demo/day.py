"""The whole day: every mail, of all languages, in the order of its writing."""

from gateway.demo import en_business, en_home, ja_business, ja_home, ko_business, ko_home
from gateway.demo.model import Mail

DAY: tuple[Mail, ...] = tuple(
    sorted(
        (
            *ko_home.MAILS,
            *ko_business.MAILS,
            *ja_home.MAILS,
            *ja_business.MAILS,
            *en_home.MAILS,
            *en_business.MAILS,
        ),
        key=lambda mail: mail.at,
    )
)
