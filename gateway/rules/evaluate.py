"""Run the rules over one mail."""

from gateway.rules.facts import Facts
from gateway.rules.findings import Answers
from gateway.rules.model import Actions, Outcome, RuleHit, Ruleset


def evaluate(ruleset: Ruleset, facts: Facts) -> Outcome:
    """What the rules say to this mail, and of each rule that was read, why it applied or not.

    From top to bottom; what a later rule says replaces what an earlier one said, tags are gathered. A rule that drops the
    mail, or that has ``stop``, ends the reading.
    """
    actions = Actions()
    hits: list[RuleHit] = []
    answers = Answers(ruleset.tests, facts)
    for rule in ruleset.rules:
        matched, why = answers.all_hold(rule.conditions, "applies to every mail")
        hits.append(RuleHit(rule.name, rule.file, rule.line, matched, why))
        if not matched:
            continue
        if rule.actions.drop is not None:
            return Outcome(Actions(drop=rule.actions.drop), tuple(hits))
        actions = _joined(actions, rule.actions)
        if rule.stop:
            break
    return Outcome(actions, tuple(hits))


def _joined(earlier: Actions, later: Actions) -> Actions:
    return Actions(
        drop=None,
        team=later.team if later.team is not None else earlier.team,
        priority=later.priority if later.priority is not None else earlier.priority,
        tags=tuple(dict.fromkeys((*earlier.tags, *later.tags))),
        status=later.status if later.status is not None else earlier.status,
        acknowledge=later.acknowledge if later.acknowledge is not None else earlier.acknowledge,
    )
