"""What may be written of an error, of a warning or of a log record: where it arose and of what kind, never its message.

A database error quotes the row it was about, a library's log line may quote a page, a warning the text it stumbled
on. Only our own modules, which never put a person or a word of a dictation in a message, have theirs written. Once
installed this holds whoever writes: a library's own handler, Python's last resort, a thread that dies, a warning.
Knows nothing of files nor of the practice.
"""

import linecache
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
OURS = frozenset({"pipeline", "archive", "vocab", "templates", "bench"})
WITHHELD = "message withheld"
MOST_FRAMES = 8
log = logging.getLogger(__name__)
_Factory = Callable[..., logging.LogRecord]


def where(error: BaseException) -> str:
    """The kind of an error and the places it went through, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(frames[-MOST_FRAMES:]))
    return f"{_kind(error)} at {places or 'nowhere'}"


def chain(error: BaseException) -> list[str]:
    """The same for an error and for those it came from, one line each."""
    lines, seen, current = list[str](), set[int](), error
    while id(current) not in seen:
        seen.add(id(current))
        lines.append(where(current))
        lines += [f"in a group: {where(one)}" for one in getattr(current, "exceptions", ())]
        current = current.__cause__ or current.__context__ or current
    return lines


class Withheld(Exception):
    """An error of someone else's, told by its kind and its places: for who keeps the message, or prints it."""


def withheld(function: Callable[..., T], *, but: tuple[type[Exception], ...] = ()) -> Callable[..., T]:
    """The same function, whose errors that are not ours are raised as Withheld (those of `but` as they are)."""

    @wraps(function)
    def careful(*arguments: Any, **named: Any) -> T:
        try:
            return function(*arguments, **named)
        except Exception as error:
            if isinstance(error, (Withheld, *but)) or _ours(type(error).__module__):
                raise
            raise Withheld(where(error)) from None

    return careful


def _kind(error: BaseException) -> str:
    code = getattr(error, "code", "")
    known = isinstance(code, str) and code and _ours(type(error).__module__)
    return type(error).__name__ + (f" [{code}]" if known else "")


def _short(filename: str) -> str:
    """A file of code without where it is installed: that may be in a person's folder."""
    parts = Path(filename).parts
    starts = [i + 1 for i, part in enumerate(parts) if part == "site-packages"]
    starts += [i for i, part in enumerate(parts) if part in OURS]
    return "/".join(parts[max(starts) :]) if starts else "/".join(parts[-2:])


def _ours(name: str | None) -> bool:
    return (name or "").partition(".")[0] in OURS


# --- log records --------------------------------------------------------------------------------------------------


def _record(
    name: str, level: int, pathname: str, lineno: int, msg: Any, args: Any, exc_info: Any, *rest: Any, **more: Any
) -> logging.LogRecord:
    """A log record that holds nothing but what may be written: no argument, no exception, no stack."""
    text = _said(msg, args) if _ours(name) else _template(pathname, lineno, msg)
    if exc_info:
        error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
        text += f" ({where(error)})" if isinstance(error, BaseException) else ""
    # The text may hold a %, so it travels as an argument.
    return logging.LogRecord(name, level, pathname, lineno, "%s", (text,), None, rest[0] if rest else more.get("func"))


def _said(msg: Any, args: Any) -> str:
    """What one of our modules says; an error among its arguments is not told by its message."""
    try:
        return logging.LogRecord("", 0, "", 0, msg, _without_errors(args), None).getMessage()
    except Exception:  # a wrong template: logging itself would print the arguments
        return WITHHELD


def _without_errors(args: Any) -> Any:
    if isinstance(args, tuple):
        return tuple(_kind(arg) if isinstance(arg, BaseException) else arg for arg in args)
    return args


def _template(pathname: str, lineno: int, msg: Any) -> str:
    """What a library's line of code says by itself, when its words are written in that very line: no data then."""
    place = f"{_short(pathname)}:{lineno}"
    around = "".join(linecache.getline(pathname, line) for line in range(max(1, lineno - 3), lineno + 4))
    literal = isinstance(msg, str) and len(msg) > 3 and any(f"{q}{msg}{q}" in around for q in "\"'")
    return f"{place} {msg if literal else WITHHELD}"


# --- what Python itself would print -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hooks:
    """What Python calls when something must be told."""

    factory: _Factory
    program: Any
    thread: Any
    unraisable: Any
    warning: Any
    errors_of_logging: bool


def install() -> Hooks:
    """Hold the whole process to this until its very end, threads that outlive it included; gives what was there."""
    before = present()
    restore(_OURS)
    return before


def restore(hooks: Hooks) -> None:
    """Put back what Python called before: for a test, or a program that this one is a part of."""
    logging.setLogRecordFactory(hooks.factory)
    logging.raiseExceptions = hooks.errors_of_logging
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks.program, hooks.thread, hooks.unraisable
    warnings.showwarning = hooks.warning


def present() -> Hooks:
    """What Python calls at this moment."""
    return Hooks(
        logging.getLogRecordFactory(), sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning,
        logging.raiseExceptions,
    )  # fmt: skip


def _program_ended(_kind: type[BaseException], error: BaseException, _traceback: object) -> None:
    if not isinstance(error, KeyboardInterrupt):
        log.critical("the program stopped: %s", where(error))


def _thread_ended(what: threading.ExceptHookArgs) -> None:
    if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):
        log.error("a thread stopped: %s", where(what.exc_value))


def _unraisable(what: Any) -> None:
    if what.exc_value is not None:
        log.error("an error that could not be raised: %s", where(what.exc_value))


def _warned(_message: object, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
    log.warning("%s at %s:%s", category.__name__, _short(filename), lineno)


_OURS = Hooks(_record, _program_ended, _thread_ended, _unraisable, _warned, False)
