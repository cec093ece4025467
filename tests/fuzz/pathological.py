"""Texts that are as hard as can be for their length: deep, wide, doubling, wrong all over."""

from collections.abc import Callable

PARAMETERS = "n: USD, due: Date, underlying, cash: Asset, dates: Schedule, basket: [Asset]"


def contract(body: str) -> str:
    return f"contract C({PARAMETERS}) between a, b {{\n{body}\n}}\n"


def lets(count: int, value: Callable[[int], str], last: str) -> str:
    """A chain of `let`s of which each uses the next."""
    lines = [f"let x{i} = {value(i + 1)}" for i in range(count)]
    return contract("\n".join([*lines, f"let x{count} = {last}", "at due { a pays b x0 }"]))


def functions(count: int, value: str) -> str:
    """A chain of `let`s with an argument, of which each uses the next twice."""
    lines = [f"let f{i}(x: USD): USD = {value.format(i + 1)}" for i in range(count)]
    lines += [f"let f{count}(x: USD): USD = x", "at due { a pays b f0(n) }"]
    return contract("\n".join(lines))


def texts(size: int) -> dict[str, str]:
    """Each kind of text, of about `size` characters."""
    found = {
        "open parentheses": "let x = " + "(" * size,
        "closed parentheses": "let x = " + "(" * (size // 2) + "1" + ")" * (size // 2),
        "open braces": "contract A() between a, b {" + "{" * size,
        "open brackets": "let x = " + "[" * size,
        "cases in cases": contract("at due {" + "if n > 0 {" * (size // 10)),
        "minus signs": "let x = " + "-" * size + "1",
        "calls in calls": "let x = " + "f(" * (size // 2),
        "a long sum": contract("at due { a pays b " + "n + " * (size // 4) + "n }"),
        "a long choice": contract("at due { a pays b " + "if n > 0 then n else " * (size // 21)),
        "a chain of lets": lets(size // 22, lambda k: f"x{k} + n", "n"),
        "doubling lets": lets(size // 24, lambda k: f"x{k} + x{k}", "n"),
        "doubling functions": functions(60, "f{0}(x + n) + f{0}(x - n)"),
        "doubling arguments": functions(60, "f{0}(x) + f{0}(x + x)"),
        "unknown names": contract(
            "at due { a pays b " + " + ".join(f"name{i}" for i in range(size // 11)) + " }"
        ),
        "payments": contract("at due {" + "a pays b n\n" * (size // 11) + "}"),
        "endings": contract("at due { end }\n" * (size // 15)),
        "contracts of one name": "contract C(n: USD) between a, b { }\n" * (size // 36),
        "uses": "use std.options.{EuropeanCall}\n" * (size // 31),
        "quotes": '"\n' * (size // 2),
        "strange signs": "\u20ac" * size,
        "strange signs in lets": contract("let x = \u20ac\n" * (size // 10)),
        "broken lets": "let x =\n" * (size // 8),
        "broken payments": contract("at due { a pays }\n" * (size // 18)),
        "closing parentheses": ")" * size,
        "closing braces": "}" * size,
        "commas": "f(" + "," * size,
        "digits": "let x = " + "1" * size,
        "a long name": "let " + "x" * size + " = 1",
        "semicolons": ";" * size,
        "empty lines": "\n" * size,
        "documentation": "/// x\n" * (size // 6),
    }
    return {name: text[:size] for name, text in found.items()}
