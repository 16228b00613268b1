"""What strangers write stays in its field of its log line, in both formats."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from node.telemetry import configure_logging, escaped, logger

HOSTILE = (
    "first\n2026-01-01T00:00:00Z [info     ] forged     module=node.web",
    "first\r\nforged",
    "carriage\rreturn over it",
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x9b31mone byte",
    "\u202egpj.exe",
    "\u2066isolated\u2069\u200f\u061c",
    "line\u2028paragraph\u2029end\x85next\x0bvertical\x0cform",
    "nul\x00bell\x07back\x08delete\x7f",
    "\ufeffmark",
    "lone \ud800 surrogate",
)


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def written(capfd: pytest.CaptureFixture[str]) -> str:
    return capfd.readouterr().err


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("place", ["event", "field", "list", "mapping", "object"])
def test_a_text_stays_on_its_line_and_commands_nothing(
    capfd: pytest.CaptureFixture[str], log_format: str, text: str, place: str
) -> None:
    configure_logging(log_format=log_format)
    log = logger("test")
    match place:
        case "event":
            log.error(text)
        case "field":
            log.error("said", why=text)
        case "list":
            log.error("said", why=[text, (text,)])
        case "mapping":
            log.error("said", why={text: text})
        case _:
            log.error("said", why=ValueError(text))

    lines = written(capfd)
    assert lines.count("\n") == 1 and lines.endswith("\n")
    assert all(sign.isprintable() for sign in lines[:-1])
    if log_format == "json":
        assert all(sign.isprintable() for sign in str(json.loads(lines)))


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_trace_of_an_error_cannot_pass_for_log_lines(capfd: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging(log_format=log_format)
    try:
        raise ValueError("\n".join(HOSTILE))
    except ValueError:
        logger("test").exception("broke down")

    lines = written(capfd)
    assert "Traceback" in lines and "forged" in lines
    first, *rest = lines.removesuffix("\n").split("\n")
    assert "broke down" in first
    assert all(line.startswith("    ") for line in rest)
    assert all(line.isprintable() for line in (first, *rest))
    assert bool(rest) is (log_format == "text")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_very_long_text_is_cut_and_its_length_told(capfd: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging(log_format=log_format)
    logger("test").error("said", why="x" * 10_000_000)

    line = written(capfd)
    assert len(line) < 3000
    assert "10000000 characters" in line


def test_ordinary_texts_are_as_they_were(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logging(log_format="json")
    logger("test").error("said", name="Grüße, 漢字 😀", count=3, share=0.5, known=True, missing=None, many=["a", 1])

    entry = json.loads(written(capfd))
    assert {name: entry[name] for name in ("event", "name", "count", "share", "known", "missing", "many")} == {
        "event": "said", "name": "Grüße, 漢字 😀", "count": 3, "share": 0.5, "known": True, "missing": None,
        "many": ["a", 1],
    }  # fmt: skip
    assert entry["level"] == "error" and entry["module"] == "test" and entry["timestamp"].endswith("Z")


def test_what_is_escaped_is_written_as_python_writes_it() -> None:
    assert escaped("a\n\x1b\u202e\ud800é") == "a\\n\\x1b\\u202e\\ud800é"
