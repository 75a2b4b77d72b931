"""What one customer mail costs: templates rendered, mail composed. ``python -m bench.notices`` prints microseconds of CPU time."""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from gateway.config.model import Brand
from gateway.notify.notices import LANGUAGES, Acknowledgement, Addressee, Answer, Notice, Resolution, fields, write
from gateway.notify.render import Templates

_NOW = datetime(2026, 11, 22, 4, 5, 6, tzinfo=UTC)
_BRAND = Brand(id="bench", name="Example Support", addresses=("support@example.com",))
_TO = Addressee(
    "kim@customer.example", "reply+bench@reply.example.com", "a.b@reply.example.com", "c@d.example", ("c@d.example",)
)
_NOTICES: dict[str, Notice] = {
    "ack": Acknowledgement(),
    "resolution": Resolution(),
    "answer, 2 KB": Answer("A line of an answer, with some words in it.\n" * 45, subject="My order", agent="Lee"),
}


def measure(repeat: int = 2000) -> dict[str, float]:
    """Microseconds of CPU time a mail, warm, by what is done ("ack ko, whole"; "rendered" is its share in the templates)."""
    templates = Templates()
    results: dict[str, float] = {}
    for language in LANGUAGES:
        for name, notice in _NOTICES.items():
            whole = partial(
                write,
                notice,
                _TO,
                templates=templates,
                brand=_BRAND,
                sender="support@example.com",
                language=language,
                ticket=42,
                date=_NOW,
            )
            results[f"{name} {language}, whole"] = _microseconds(whole, repeat)
        text, html = fields(
            Acknowledgement(), _BRAND, "support@example.com", language, 42, reply_domain="reply.example.com"
        )
        rendered = partial(templates.render, language, "ack", text, html)
        results[f"ack {language}, rendered"] = _microseconds(rendered, repeat)
    return results


def _microseconds(work: Callable[[], object], repeat: int) -> float:
    work()
    start = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - start) / repeat * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=2000)
    for name, microseconds in measure(parser.parse_args().repeat).items():
        print(f"{microseconds:9.1f} µs  {name}")


if __name__ == "__main__":
    main()
