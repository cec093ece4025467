"""The parties that the language itself names: accounts that a contract has without anybody's doing.

The kernel knows them by these names, which therefore stand in artefacts.
"""

ESCROW = "escrow"
"""The contract's own account: what parties pay to it the contract holds until it pays it out."""

ISSUANCE = "issuance"
"""The account of an asset that a contract issues: what it pays comes into being, what it is paid
is redeemed. Its balance is what has been issued, negative."""

OWN = (ESCROW, ISSUANCE)
