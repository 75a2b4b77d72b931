"""What is said of single senders: lists, important people, floods."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.mistakes import Mistake, Place
from gateway.config.section import Line, Section
from gateway.config.source import Node
from gateway.config.validate import place_of
from gateway.rules.sender_lists import Action, Entry, Kind, Sender, SenderLists, compile_lists, read_value

MOST_VIPS = 100_000
_MOST_VIP_OCTETS = 16 * 1024 * 1024


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _sound(value: str) -> str:
    read_value(value)
    return value.strip()


def _person(value: str) -> str:
    kind, key = read_value(value)
    if kind not in (Kind.ADDRESS, Kind.DOMAIN):
        raise ValueError(f"{value!r} is a {kind.value}; name an address or a domain")
    return key


Names = Annotated[
    tuple[Annotated[str, AfterValidator(_sound)], ...], BeforeValidator(_listed), Field(min_length=1, max_length=10_000)
]
People = Annotated[tuple[Annotated[str, AfterValidator(_person)], ...], BeforeValidator(_listed)]


class ListEntry(Section):
    """Senders whose mail is treated in a way of its own. `allow` beats everything else; see docs/security.md, "Sender lists"."""

    action: Literal["allow", "block", "suspend", "reject"] = Field(
        description="`allow`: never held by lists, floods or spam scores. `block`: held in quarantine. `suspend`: held, and no automatic mail to them. `reject`: refused at the door by envelope or network, dropped by From."
    )
    sender: Names = Field(
        examples=[["spam.example"]],
        description="Addresses (`kim@example.com`), domains with all below them (`example.com`), networks (`192.0.2.0/24`) or expressions (RE2) between slashes (`/^sales[0-9]+@/`).",
    )
    reason: Line = Field(
        min_length=1, max_length=500, examples=["advertising"], description="Why; shown with every mail that it hits."
    )
    expires: date | None = Field(default=None, description="Day (UTC) from which it no longer counts. Empty: never.")


class Vip(Section):
    """Important customers: a fact for rules (`vip: true`), and a mark on their tickets. A forged From is none of them."""

    senders: People = Field(default=(), description="Addresses, or domains with all below them.")
    file: Path | None = Field(
        default=None,
        description="File with one address or domain a line, relative to this file; in a CSV file the first column counts. Lines with `#` are comments.",
    )
    tag: Line | None = Field(
        default="vip", min_length=1, max_length=64, description="Tag of their tickets. Empty: none."
    )
    priority: Literal["low", "normal", "high", "urgent"] | None = Field(
        default=None, description="Priority of their tickets, where no rule says another. Empty: as everybody's."
    )


Rate = Annotated[
    tuple[Annotated[int, Field(ge=1, le=1_000_000)], Annotated[int, Field(ge=1, le=1440)]],
    Field(description="`[mails, minutes]`"),
]


class Floods(Section):
    """What happens to a sender of too many mails. `[mails, minutes]` each: what comes beyond them is treated so.

    Counted by the address in From and how far it is proven, so that nobody is muted by mail in their name.
    """

    silent: Rate = Field(default=(15, 10), description="Beyond it: no acknowledgement.")
    hold: Rate = Field(default=(50, 60), description="Beyond it: held in quarantine (`flood`).")
    refuse: Rate = Field(
        default=(500, 60),
        description="Beyond it: 450 at the door for some minutes, counted by the envelope's sender together with the network of the client. Never for `limits.unlimited_networks` and the servers of `trust.forwarders` and `smtp.forwarders`.",
    )
    loop_minutes: int = Field(
        default=60, ge=0, le=1440, description="How long all mail of a sender is held who sent us back a mail of ours."
    )
    exempt: Names | tuple[()] = Field(
        default=(),
        description="Senders that are never counted, such as monitors: written as in `lists`. Whoever is on the list `allow`, logged in, or sends a contact form is exempt too.",
    )


def entries_of(lists: tuple[ListEntry, ...]) -> tuple[Entry, ...]:
    """The configured entries, ready to be compiled; their ids are their places: ``lists[0]``, ``lists[0].sender[2]``."""
    return tuple(entry for index, it in enumerate(lists) for entry in _entries(index, it))


def _entries(index: int, it: ListEntry) -> Iterator[Entry]:
    expires_at = None if it.expires is None else datetime(it.expires.year, it.expires.month, it.expires.day, tzinfo=UTC)
    for number, text in enumerate(it.sender):
        kind, value = read_value(text)
        place = f"lists[{index}]" if len(it.sender) == 1 else f"lists[{index}].sender[{number}]"
        yield Entry(place, Action(it.action), kind, value, it.reason, "configuration", expires_at=expires_at)


def exempt_senders(floods: Floods) -> SenderLists:
    return _plain_list(floods.exempt)


def vip_senders(vip: Vip, from_file: tuple[str, ...]) -> SenderLists:
    """Entries that allow, so that a From counts only where it is proven."""
    return _plain_list((*vip.senders, *from_file))


def _plain_list(names: tuple[str, ...]) -> SenderLists:
    return compile_lists(
        Entry(f"[{number}]", Action.ALLOW, *read_value(name), "", "configuration") for number, name in enumerate(names)
    )


def read_vips(path: Path, place: Place) -> tuple[tuple[str, ...], bytes, list[Mistake]]:
    """The people of a VIP file, its content, and every mistake. ``place``: where the configuration names it."""
    try:
        content = path.open("rb").read(_MOST_VIP_OCTETS + 1)
    except OSError as error:
        return (), b"", [Mistake.at(place, f"cannot read {path}: {(error.strerror or 'error').lower()}")]
    if len(content) > _MOST_VIP_OCTETS:
        return (), b"", [Mistake.at(place, f"{path} is larger than 16 MB")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (), content, [Mistake.at(place, f"{path} is not UTF-8 text")]
    people: list[str] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(text.splitlines(), start=1):
        first = line.partition(",")[0].partition(";")[0].partition("\t")[0].strip().strip('"').strip()
        if not first or first.startswith("#") or (number == 1 and "@" not in first and "." not in first):
            continue  # the first line of a CSV file names its columns
        try:
            people.append(_person(first))
        except ValueError as error:
            mistakes.append(Mistake.at(Place(str(path), number, 1), str(error)))
    if len(people) > MOST_VIPS:
        mistakes.append(Mistake.at(place, f"{path} names more than {MOST_VIPS} people"))
    return tuple(people), content, mistakes[:100]


def check_lists(lists: tuple[tuple[int, ListEntry], ...], ours: dict[str, str], tree: Node) -> Iterator[Mistake]:
    """Entries that would hold our own mail. ``ours``: addresses of our own people and brands, and what they are."""
    for index, it in lists:
        for number, text in enumerate(it.sender):
            try:
                kind, value = read_value(text)
            except ValueError:
                continue
            place = place_of(tree, "lists", index, "sender", number)
            known = compile_lists([Entry("0", Action(it.action), kind, value, it.reason, "")])
            for address, what in ours.items() if it.action != "allow" else ():
                if known.find(Sender(author=address), now=datetime.min.replace(tzinfo=UTC)) is not None:
                    yield Mistake.at(place, f"`{text}` fits {what} `{address}`, whose mail would be held too")
                    break
