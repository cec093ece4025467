"""Every sentence the system says about an error, one file for each range of codes."""

from string import Formatter

from rfos_lang.base.diagnostic import Diagnostic, Fix, Related, Severity, rewriting
from rfos_lang.base.span import Span
from rfos_lang.base.wording import (
    artefact,
    causality,
    instances,
    journal,
    market,
    names,
    scenario,
    session,
    syntax,
    targets,
    tests,
    units,
    warnings,
)
from rfos_lang.base.wording.entry import Entry

__all__ = ["CATALOGUE", "SECTIONS", "Entry", "report"]

SECTIONS: dict[str, dict[str, Entry]] = {
    "E01": syntax.ENTRIES,
    "E02": units.ENTRIES,
    "E03": names.ENTRIES,
    "E04": causality.ENTRIES,
    "E05": instances.ENTRIES,
    "E06": market.ENTRIES,
    "E07": artefact.ENTRIES,
    "E08": scenario.ENTRIES | journal.ENTRIES,
    "W09": warnings.ENTRIES,
    "E10": targets.ENTRIES,
    "E11": tests.ENTRIES,
    "E12": session.ENTRIES,
}

CATALOGUE: dict[str, Entry] = {
    code: entry for section in SECTIONS.values() for code, entry in section.items()
}


def report(
    code: str,
    span: Span,
    *,
    label: str = "",
    related: tuple[Related, ...] = (),
    fixes: tuple[Fix, ...] = (),
    **names: object,
) -> Diagnostic:
    """The diagnostic of a code at a place, its templates filled with the user's own `names`.

    An unknown code or a name that a message needs and does not get is our bug: KeyError.
    """
    entry = CATALOGUE[code]
    return Diagnostic(
        code=code,
        message=entry.message.format(**names),
        span=span,
        label=label,
        related=related,
        help=_filled(entry.help, names),
        severity=Severity.WARNING if code.startswith("W") else Severity.ERROR,
        fixes=(*_rewriting(entry, span, names), *fixes),
    )


def _filled(template: str | None, names: dict[str, object]) -> str | None:
    if template is None or any(names[needed] is None for needed in _names_in(template)):
        return None
    return template.format(**names)


def _rewriting(entry: Entry, span: Span, names: dict[str, object]) -> tuple[Fix, ...]:
    """The fix that writes something else where the mistake is underlined."""
    text = _filled(entry.fix, names)
    if text is None:
        return ()
    title = f"write `{text}`" if text else "remove it"
    return (rewriting(title, span, text, safe=entry.safe),)


def _names_in(template: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(template) if name]
