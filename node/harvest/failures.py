"""What went wrong with a request, told from what the HTTP client raised and from what the host asked for.

Retry-After: RFC 9110, section 10.2.3 (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).
"""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as TimeoutException

_CONNECTION = re.compile(r"\AHTTPS?Connection(?:Pool)?\(host='[^']*', port=(?:\d+|None)\): ")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After, a number or a date; `None` where it says nothing.

    A date counts from the host's own clock.
    """
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
        now = parsedate_to_datetime(headers["date"]) if headers.get("date") else dt.datetime.now(dt.UTC)
        seconds = (_aware(then) - _aware(now)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds)


def _aware(when: dt.datetime) -> dt.datetime:
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def is_untrusted(error: BaseException) -> bool:
    """Return whether the host could not prove who it is."""
    return "certificate verify failed" in str(error).lower() or "CertificateError" in str(error)


def was_reached(error: BaseException) -> bool:
    """Return whether a connection stood when the request failed, so that the host itself broke off or kept silent."""
    unreached = (NewConnectionError, ConnectTimeoutError, SSLError, socket.gaierror)
    return not any(isinstance(reason, unreached) for reason in _reasons(error))


def is_silence(error: BaseException) -> bool:
    """Return whether the host sent nothing in the time it had."""
    return any(isinstance(reason, (TimeoutError, TimeoutException, requests.Timeout)) for reason in _reasons(error))


def _reasons(error: BaseException) -> list[BaseException]:
    """An error and the ones inside it, outermost first."""
    reasons = [error]
    while len(reasons) < 10:
        last = reasons[-1]
        inner = getattr(last, "reason", None) or next((a for a in last.args if isinstance(a, BaseException)), None)
        if not isinstance(inner, BaseException):
            break
        reasons.append(inner)
    return reasons


def cause(error: BaseException) -> str:
    """Return the innermost reason: the outer ones repeat it in their own words, with addresses of Python objects."""
    reason = _reasons(error)[-1]
    # urllib3 puts the connection, as Python shows it, before what it says of it.
    said = _CONNECTION.sub("", str(reason))
    text = said.rpartition("object at ")[2] if " object at 0x" in said else said
    return text.partition(": ")[2] if text.startswith("0x") else (text or type(reason).__name__)
