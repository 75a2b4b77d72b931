"""``views.yaml``: lists of tickets with a name, which all agents share. Agents keep their own ones in the database, in the same shape."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from gateway.config.mistakes import Mistake, did_you_mean
from gateway.config.section import Line, Section
from gateway.config.source import Node
from gateway.config.teams import Duration
from gateway.config.validate import place_of

StatusName = Literal["new", "open", "pending", "on_hold", "solved", "closed"]
PriorityName = Literal["low", "normal", "high", "urgent"]
ColumnName = Literal[
    "number", "customer", "preview", "team", "brand", "tags", "priority", "status", "agent", "waiting", "due"
]
OrderName = Literal["updated", "waiting", "due", "priority"]
Tag = Annotated[str, StringConstraints(pattern=r"^[^\s,]{1,64}$")]

COLUMNS: tuple[ColumnName, ...] = get_args(ColumnName)
BUILT_IN = ("unsolved", "unassigned", "unassigned_old", "mine", "waiting", "due", "solved", "all")
"""Views that every gateway has. Their ids cannot be used again."""

ME, NOBODY = "me", "none"
_UNSOLVED: tuple[StatusName, ...] = ("new", "open", "pending", "on_hold")
_FINISHED = frozenset({"solved", "closed"})
_NOT_WAITING = frozenset({"pending", "on_hold", "solved", "closed"})


class ViewWhen(Section):
    """Which tickets. All conditions that are given must hold; of the values of one, any one is enough."""

    status: tuple[StatusName, ...] = Field(
        default=(), description="Status. Empty: whatever is neither solved nor closed."
    )
    team: tuple[Line, ...] = Field(default=(), max_length=100, description="Team; `none` for tickets of no team.")
    agent: tuple[Line, ...] = Field(
        default=(),
        max_length=100,
        description="Address of the agent who has it; `me` for whoever looks, `none` for tickets that nobody has.",
    )
    tags: tuple[Tag, ...] = Field(default=(), max_length=20, description="It has one of these tags.")
    priority: tuple[PriorityName, ...] = Field(default=(), description="Priority.")
    brand: tuple[Line, ...] = Field(default=(), max_length=100, description="Brand, by id.")
    waiting_over: Duration | None = Field(
        default=None, examples=["4h"], description="A customer has waited for an answer at least so long."
    )
    age_over: Duration | None = Field(default=None, examples=["24h"], description="It was opened at least so long ago.")
    due_within: Duration | None = Field(
        default=None, examples=["2h"], description="Its nearest promise is to be kept within this time, or is late."
    )

    @model_validator(mode="after")
    def _can_be_true(self) -> Self:
        if self.due_within is not None and self.status and set(self.status) <= _FINISHED:
            raise ValueError("solved and closed tickets have no promise left that could be due")
        if self.waiting_over is not None and self.status and set(self.status) <= _NOT_WAITING:
            raise ValueError("no customer waits on tickets that are pending, on hold, solved or closed")
        return self

    @property
    def statuses(self) -> tuple[StatusName, ...]:
        return self.status or _UNSOLVED


class ViewDefinition(Section):
    """What a view shows, and how."""

    name: Annotated[Line, Field(min_length=1, max_length=80)] = Field(
        examples=["Refunds of today"], description="What agents read in the side bar."
    )
    when: ViewWhen = Field(default_factory=ViewWhen, description="Which tickets.")
    order: OrderName = Field(
        default="updated",
        description="`updated`: the newest change first; `waiting`: who waits longest first, without those who do not wait; "
        "`due`: the nearest promise first, without those that were promised nothing; "
        "`priority`: the most urgent first, of these the oldest.",
    )
    columns: tuple[ColumnName, ...] = Field(
        default=COLUMNS, min_length=1, max_length=12, description="What is shown of each ticket beside its subject."
    )

    @model_validator(mode="after")
    def _can_be_ordered(self) -> Self:
        if self.order != "updated" and self.shows_finished:
            raise ValueError(f"solved and closed tickets are ordered by `updated`, not by `{self.order}`")
        return self

    @property
    def shows_finished(self) -> bool:
        """Whether it holds tickets of all the past, which are too many to be counted or put into another order."""
        return bool(_FINISHED & set(self.when.status))


class SharedView(ViewDefinition):
    """One view of all agents."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = Field(
        examples=["refunds"], description="Short name for links and commands: small letters, digits, hyphens."
    )


class ViewsFile(Section):
    """The file."""

    views: tuple[SharedView, ...] = Field(
        default=(), max_length=50, description="Views, in the order in which the side bar shows them."
    )


def check_views(written: ViewsFile, tree: Node, *, teams: Sequence[str], brands: Sequence[str]) -> Iterator[Mistake]:
    """What types alone cannot tell: ids and columns that stand twice, ids that are taken, names of teams and brands that are not there.

    ``teams`` is empty where no file names them: then any name may be meant.
    """
    ids = [view.id for view in written.views]
    for index, view in enumerate(written.views):
        place = place_of(tree, "views", index, "id")
        if view.id in ids[:index]:
            yield Mistake.at(place, f"another view has the id `{view.id}` too")
        if view.id in BUILT_IN or view.id.startswith("my-"):
            yield Mistake.at(place, f"`{view.id}` is the id of a view that there is already; choose another one")
        for number, column in enumerate(view.columns):
            if column in view.columns[:number]:
                yield Mistake.at(
                    place_of(tree, "views", index, "columns", number), f"the column `{column}` stands here twice"
                )
        if teams:
            for number, team in enumerate(view.when.team):
                if team != NOBODY and team not in teams:
                    where = place_of(tree, "views", index, "when", "team", number)
                    yield Mistake.at(where, f"there is no team `{team}`.{did_you_mean(team, teams)}")
        for number, brand in enumerate(view.when.brand):
            if brand not in brands:
                where = place_of(tree, "views", index, "when", "brand", number)
                yield Mistake.at(where, f"there is no brand `{brand}`.{did_you_mean(brand, brands)}")
