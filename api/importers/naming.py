"""Naming: under which key a published name is filed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.importers.readers.reading import PublishedRow, Replacement
from domain.errors import InvalidName, LedgerError
from domain.names import readable_name, same_name, slug
from domain.subjects import Scope, SubjectKey, subject_text


@dataclass(frozen=True, slots=True)
class Names:
    """Published names and their keys in one catalog. Aliases say which key a name means, where the rule would not."""

    catalog: str
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Published name to model key, without the catalog."""

    def key_of(self, row: PublishedRow) -> SubjectKey:
        """Return a row's key: the one it names, its alias, or its name in key form.

        Raises:
            InvalidName: the name has no usable key form.
        """
        if row.key:
            return SubjectKey.parse(row.key)
        return SubjectKey.of(self.catalog, row.model) if row.model else self._key(row.name)

    def replacement(self, found: Replacement) -> str:
        """Return the key of a suggested replacement, with its version if it has one.

        Raises:
            InvalidName: the name has no usable key form.
        """
        if "/" in found.name:
            return f"{found.name}@{found.version}" if found.version else found.name
        key = self._key(found.name)
        return subject_text(key, Scope.of({"version": found.version}) if found.version else Scope())

    def is_alias(self, name: str) -> bool:
        """Tell whether somebody said which key a name means."""
        return self._alias(name) is not None

    def _alias(self, name: str) -> str | None:
        return next((model for alias, model in self.aliases.items() if same_name(alias, name)), None)

    def _key(self, name: str) -> SubjectKey:
        alias = self._alias(name)
        if alias:
            return SubjectKey.of(self.catalog, alias)
        readable = readable_name(name)
        if "@" in readable:
            raise InvalidName("name", name, "it holds an @, which stands before a version; say with an alias under which key it is filed")
        if "/" in readable:
            raise InvalidName("name", name, "it holds a slash; say with an alias under which key it is filed")
        return SubjectKey.of(self.catalog, slug(readable))


def parse_alias(text: str) -> tuple[str, str]:
    """Read `Published name=model-key`.

    Raises:
        AliasInvalid: the text has no equals sign, or one side is empty.
    """
    name, equals, model = text.rpartition("=")
    if not equals or not name.strip() or not model.strip():
        raise AliasInvalid(text)
    return name.strip(), model.strip()


@dataclass(eq=False)
class AliasInvalid(LedgerError):
    """An alias of no known form."""

    text: str

    @property
    def sentence(self) -> str:
        """What was wrong, and what to do about it."""
        return f"The alias {self.text!r} is not of the form 'Published name=model-key', like 'GPT 4 Turbo=gpt-4-turbo'."
