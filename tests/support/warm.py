"""What thousands of small gateways in one process need not do each for itself: compile SQL and templates, wait for the disk, hash.

Nothing is imitated: statements, templates, databases and hashes are the product's own. Processes that tests start are not touched,
so that what is said of crashes and of synced files is said of the program as it is.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from argon2 import PasswordHasher
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, create_engine, event
from sqlalchemy.engine import make_url

from gateway.store import passwords
from gateway.store.database import Database

_make_database: Callable[..., None] = Database.__init__
_make_environment: Callable[..., None] = Environment.__init__


def keep_warm() -> None:
    """From now on this process compiles each statement and each template once, its SQLite leaves syncing to the kernel, and a
    password costs microseconds (what it costs in the product: ``tests/store/test_agents.py``)."""
    Database.__init__ = _database  # type: ignore[method-assign]
    Environment.__init__ = _environment  # type: ignore[method-assign]
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._NOBODY = passwords._hasher.hash("nobody has this password")


_statements: dict[str, tuple[Dialect, dict[Any, Any]]] = {}  # by engine


def _database(database: Database, url: str, *, password: str | None = None) -> None:
    _make_database(database, url, password=password)
    engine = database.engine
    name = engine.dialect.name
    if database.is_sqlite:
        # What a process wrote is there when it is dead: only a power cut takes it, and nothing in this process has one.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    if name not in _statements:
        first = create_engine("sqlite://" if database.is_sqlite else make_url(engine.url))
        first.connect().close()  # a dialect learns there what its server can
        first.dispose()
        _statements[name] = (first.dialect, {})
    # The dialect is a part of the key under which SQLAlchemy finds a compiled statement again.
    engine.dialect, statements = _statements[name]
    engine.update_execution_options(compiled_cache=statements)


class _Templates(BytecodeCache):
    """By place, source and everything that an environment lets the compiler see."""

    def __init__(self) -> None:
        self._codes: dict[object, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[self._key(bucket)] = bucket.code

    @staticmethod
    def _key(bucket: Bucket) -> object:
        environment = bucket.environment
        automatic = getattr(environment.autoescape, "__code__", environment.autoescape)
        layout = (environment.trim_blocks, environment.lstrip_blocks, environment.keep_trailing_newline)
        names = (frozenset(environment.filters), frozenset(environment.tests))
        return type(environment), automatic, environment.finalize, layout, names, bucket.key, bucket.checksum


_templates = _Templates()


def _environment(environment: Environment, *given: Any, **options: Any) -> None:
    _make_environment(environment, *given, **options)
    environment.bytecode_cache = environment.bytecode_cache or _templates
