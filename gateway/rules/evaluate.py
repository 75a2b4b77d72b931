"""Run the rules over one mail."""

from dataclasses import replace

from gateway.rules.captures import captured_from_mail
from gateway.rules.changes import Values
from gateway.rules.facts import Facts
from gateway.rules.findings import Answers
from gateway.rules.model import Actions, CompiledRule, Outcome, RuleHit, Ruleset


def evaluate(ruleset: Ruleset, facts: Facts, *, told: bool = True) -> Outcome:
    """What the rules say to this mail, and of each rule that was read, why it applied or not.

    From top to bottom; what a later rule says replaces what an earlier one said, tags are gathered. A rule that drops
    or holds the mail, or that has ``stop``, ends the reading. ``told`` False: of rules that do not apply nothing is said.
    """
    actions = Actions()
    hits: list[RuleHit] = []
    answers = Answers(ruleset.tests, facts)
    for rule in ruleset.rules:
        if not told and not answers.hold(rule.conditions):
            continue
        matched, why = answers.all_hold(rule.conditions, "applies to every mail")
        hits.append(RuleHit(rule.name, rule.file, rule.line, matched, why))
        if not matched:
            continue
        if rule.actions.drop is not None or rule.actions.quarantine is not None:
            return Outcome(rule.actions, tuple(hits))
        actions = _joined(actions, _filled(rule, facts))
        if rule.stop:
            break
    return Outcome(actions, tuple(hits))


def _filled(rule: CompiledRule, facts: Facts) -> Actions:
    """The rule's actions with what its patterns caught; a field for which nothing was caught stays as it is."""
    if not rule.actions.fields:
        return rule.actions
    caught = {f"match.{name}": text for name, text in captured_from_mail(rule.when, facts).items()}
    filled = ((name, Values(caught).fill(text)) for name, text in rule.actions.fields)
    return replace(rule.actions, fields=tuple((name, value) for name, value in filled if value))


def _joined(earlier: Actions, later: Actions) -> Actions:
    return Actions(
        drop=None,
        team=later.team if later.team is not None else earlier.team,
        priority=later.priority if later.priority is not None else earlier.priority,
        tags=tuple(dict.fromkeys((*earlier.tags, *later.tags))),
        status=later.status if later.status is not None else earlier.status,
        acknowledge=later.acknowledge if later.acknowledge is not None else earlier.acknowledge,
        type=later.type if later.type is not None else earlier.type,
        fields=tuple({**dict(earlier.fields), **dict(later.fields)}.items()),
        menu=later.menu if later.menu is not None else earlier.menu,
    )
