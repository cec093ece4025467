"""From a program to its artefact."""

from rfos_lang.artefact import fire, risk
from rfos_lang.artefact.assembly import Writer
from rfos_lang.artefact.container import with_description
from rfos_lang.artefact.layout import shape_of
from rfos_lang.artefact.metadata import metadata_of
from rfos_lang.artefact.occurrences import Firing
from rfos_lang.artefact.settlement import Settlement
from rfos_lang.artefact.webassembly import module
from rfos_lang.base.refusal import Refused
from rfos_lang.core.formula import RiskFormulas
from rfos_lang.core.program import Program

MEMORY_PAGES = 1
"""How much memory a module begins with, in pages of 64 KiB; it is the caller's to grow."""

VARIABLES_MAX = 49_000
"""Hosts take at most 50,000 variables in one function."""


class TooLarge(Refused):
    """A clause of the contract needs more variables than a function may have."""

    def __init__(self, contract: str) -> None:
        super().__init__("E0703", contract=contract)


def compile(program: Program, formulas: RiskFormulas | None, source_hash: str) -> bytes:
    """The artefact of a program: the same bytes for the same arguments, always.

    Without formulas it exports no `risk`, and its marking is "payoff stress". `source_hash` names
    the text the program was made from. Raises TooManyPostings, TooLarge.
    """
    metadata = metadata_of(program, formulas, source_hash)
    shape = shape_of(program, len(metadata.greeks))
    writer = Writer()
    library = Settlement(writer)
    fire.write_exports(Firing(program, shape, writer, library))
    if formulas is not None:
        risk.write_exports(program, formulas, shape, writer)
    definitions = writer.definitions()
    if any(len(each.body.variables) > VARIABLES_MAX for each in definitions):
        raise TooLarge(program.name)
    return with_description(module(definitions, MEMORY_PAGES), metadata)
