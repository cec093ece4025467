"""What `rfos verify` says of each contract of this folder, whole, beside the contract.

`python -m tests.verify.outputs` writes it anew; read the difference.
"""

from pathlib import Path

from tests.cli.running import rfos

FOLDER = Path(__file__).parent
CONTRACTS = sorted(FOLDER.glob("*.rfos"))


def said(contract: Path) -> str:
    """The output with the exit code; files are named as seen from this folder."""
    result = rfos("verify", contract)
    return f"{result.output}exit {result.exit_code}\n".replace(f"{FOLDER}/", "")


def main() -> None:
    """Writes every output."""
    for contract in CONTRACTS:
        contract.with_suffix(".txt").write_text(said(contract), encoding="utf-8")


if __name__ == "__main__":
    main()
