"""Random mails, tickets and rules through the engine and through the slow interpreter; what they say differently."""

import random
from dataclasses import dataclass, field

from gateway.rules.compile import compile_ruleset
from gateway.rules.engine import compile_event_rules, run_event_rules
from gateway.rules.evaluate import evaluate
from gateway.rules.file import RulesFile
from tests.support import slow_rules
from tests.support.random_rules import case, event_rule, intake_rule, mail

RULES = 8
CASES_OF_RULES = 20


@dataclass(slots=True)
class Compared:
    cases: int = 0
    applied: int = 0
    rejected: int = 0
    changed: int = 0
    effects: int = 0
    differences: list[str] = field(default_factory=list)


def compare_rules(*, seed: int, cases: int) -> Compared:
    """``cases`` mails and as many events on tickets, each set of random rules asked about some of them."""
    chance = random.Random(seed)
    done = Compared()
    while done.cases < cases:
        intake = [intake_rule(chance, number) for number in range(RULES)]
        happens = [event_rule(chance, number) | {"name": f"e{number}"} for number in range(RULES)]
        written = RulesFile.model_validate({"rules": intake, "events": happens})
        ruleset = compile_ruleset(written, file="f", lines=range(RULES))
        automation = compile_event_rules(written.events, file="f", lines=range(RULES))
        for _ in range(min(CASES_OF_RULES, cases - done.cases)):
            done.cases += 1
            facts = mail(chance)
            outcome = evaluate(ruleset, facts)
            ours = {
                "drop": outcome.actions.drop,
                "tags": list(outcome.actions.tags),
                "applied": [hit.name for hit in outcome.hits if hit.matched],
            }
            for name in ("team", "priority", "status", "acknowledge", "menu"):
                if getattr(outcome.actions, name) is not None:
                    ours[name] = getattr(outcome.actions, name)
            theirs = slow_rules.intake(intake, facts)
            if ours != theirs:
                done.differences.append(f"seed {seed}, {facts}\n{intake}\nengine: {ours}\nslowly: {theirs}")
            quiet = evaluate(ruleset, facts, told=False)
            if (quiet.actions, quiet.hits) != (outcome.actions, tuple(hit for hit in outcome.hits if hit.matched)):
                done.differences.append(f"seed {seed}, {facts}\n{intake}\nquietly: {quiet}")
            done.rejected += len(outcome.hits) - len(ours["applied"] or ())
            one = case(chance)
            ran = run_event_rules(automation, one)
            ticket, effects, applied = slow_rules.happen(happens, one)
            engine = (
                {name: getattr(ran.ticket, name) for name in ticket.values},
                set(ran.ticket.tags),
                dict(ran.ticket.fields),
                [(effect.rule, effect.kind, effect.value) for effect in ran.effects],
                {hit.name for hit in ran.hits if hit.matched},
            )
            slowly = (ticket.values, ticket.tags, ticket.fields, effects, applied)
            quietly = run_event_rules(automation, one, told=False)
            if (quietly.ticket, quietly.effects, {hit.name for hit in quietly.hits}) != (
                ran.ticket,
                ran.effects,
                applied,
            ):
                done.differences.append(f"seed {seed}, {one}\n{happens}\nquietly: {quietly}")
            if engine != slowly:
                done.differences.append(f"seed {seed}, {one}\n{happens}\nengine: {engine}\nslowly: {slowly}")
            done.applied += len(applied)
            done.changed += ran.ticket != one.ticket
            done.effects += len(effects)
    return done
