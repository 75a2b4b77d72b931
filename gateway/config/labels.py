"""Names as people read them, and lists of names, for files in which admins define things."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.config.section import Language, Line


def listed(value: object) -> object:
    """One name may stand without brackets."""
    return [value] if isinstance(value, str) else value


Name = Annotated[Line, Field(min_length=1, max_length=80)]
Names = Annotated[tuple[Name, ...], BeforeValidator(listed)]
Labels = dict[Language, Name]


def by_language(words: Labels) -> dict[str, str]:
    return {str(language): text for language, text in words.items()}
