"""How a repository is named at the command line: its address, and the protocol it speaks."""

from __future__ import annotations

import click

from node.bootstrap import find_harvesters
from node.errors import SettingsError
from node.terms import urls


class Kind(click.ParamType[str]):
    """A harvest protocol at hand; which those are is known when somebody asks, for packages may bring more."""

    name = "kind"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the protocols, as a choice is shown."""
        return f"[{'|'.join(sorted(find_harvesters()))}]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the kind.

        Raises:
            SettingsError: nothing harvests it.
        """
        kinds = find_harvesters()
        if value not in kinds:
            raise SettingsError(
                f"nothing harvests kind {value!r}", advice=f"Kinds at hand: {', '.join(sorted(kinds))}."
            )
        return str(value)


class Address(click.ParamType[str]):
    """An http or https URL with a host, in its safe spelling (RFC 3986); secrets have no place in it."""

    name = "url"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address.

        Raises:
            SettingsError: it is none, or holds a user name or a fragment.
        """
        found = urls.iri(str(value))
        if found is None or not found.startswith(("http://", "https://")) or "#" in found:
            raise SettingsError(
                f"{value!r} is not an http or https URL",
                advice="Give the protocol's base URL, with a host, and without user name, spaces and #fragment.",
            )
        return str(found)
