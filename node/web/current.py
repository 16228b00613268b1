"""The node that the running application serves, and who is asking it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from flask import current_app, g

from node.identity.subject import Subject, viewer_of
from node.model.account import Session
from node.model.peer import Viewer
from node.node import Node

T = TypeVar("T")


def current_node() -> Node:
    """Return the node of the running application."""
    return cast(Node, current_app.extensions["fairnode"])


def current_subject() -> Subject | None:
    """Return who is asking, or `None` for anybody; credentials that do not hold never get this far."""
    g.depends_on_who = True  # so that no cache gives the answer to somebody else (`node.web.headers`)
    return cast("Subject | None", g.get("subject"))


def current_viewer() -> Viewer:
    """Return who looks, which every outlet that shows records asks: a peer where a peer's program is asking."""
    subject = current_subject()
    if subject is not None and subject.is_program:
        for settings in current_node().settings.peers:
            if settings.issuer and (settings.issuer, settings.client_id) == (subject.issuer, subject.client):
                return settings.peer()
    return viewer_of(subject)


def once(name: str, make: Callable[[], T]) -> T:
    """Return what the running application keeps under a name; it is made when it is first asked for."""
    kept = current_app.extensions
    return cast(T, kept[name] if name in kept else kept.setdefault(name, make()))


def current_session() -> Session | None:
    """Return the session of the browser that is asking, if it is signed in and its cookie is what it came with."""
    g.depends_on_who = True
    return cast("Session | None", g.get("session"))
