"""What `rfos verify` says of a contract; `{names}` are filled by whoever found it."""

SENTENCES: dict[str, str] = {
    # --- escrow
    "escrow_empty": "empty at the end on every path, and never overdrawn",
    "escrow_left": (
        "something is left in it at the end: the event that would end the contract is refused"
    ),
    "escrow_short": (
        "it is to pay more than it holds: the event is refused and the contract stands still"
    ),
    "escrow_unknown": "not shown to be empty at the end on every path",
    # --- payments
    "conserved": "value moves only by transfers, {count} of them, each between two of its accounts",
    "not_conserved": "a transfer names an account or asset that the contract does not have",
    "amounts_positive": "no payment that must not be negative can be",
    "amounts_unknown": "a payment that comes out negative is refused at run time",
    "amount_negative": (
        "what {payer} pays {payee} can come out negative, and the event is then refused at run time"
    ),
    "amount_doubtful": (
        "what {payer} pays {payee} is not shown never to be negative; if it is, that is refused"
    ),
    # --- numbers
    "numbers_fit": "every operator stays within 128 bits, every payment within 63",
    "numbers_unknown": "not shown to fit, because {reason}",
    "operator_overflows": "`{operator}` may leave the 128 bits of a number",
    "payment_overflows": "a payment may exceed the 63 bits of an amount",
    "divisors_fine": "no divisor is ever zero",
    "divisors_unknown": "not shown never to be zero, because {reason}",
    "divisor_zero": "`{operator}` divides by zero, and the event is refused",
    "divisor_doubtful": "the divisor of `{operator}` is not shown never to be zero",
    # --- work
    "work": (
        "payments at one instant: at most {transfers}; waiting: {pending}; state: {standing} bytes"
    ),
    "work_none": "none",
    "work_at_most": "at most {pending} a lot",
    "work_unbounded": "any number",
    # --- clauses
    "all_reached": "each one acts on some path",
    "reach_unknown": "too long to look for paths to each of them",
    "choice_unreached": "{party} can never {name}",
    "no_dates": "this clause has no dates in this instance",
    "clause_unreached": "this clause never acts",
    "watch_waits": "it waits for its condition without end",
    "observation_waits": "it waits for {feeds} as long as there is no fresh value",
    # --- worst cases
    "seldom": "told at most once a second",
    "most": "at most {most}",
    "nothing": "nothing",
    "attained": "attained",
    "attained_but_for_rounding": "attained but for the rounding of {payments} payments: {least}",
    "not_attained": "not attained: at least {least}",
    "proportional": "at most about {terms} when that is high",
    "steeply": "without bound: it grows faster than {feeds}",
    "no_bound": "no bound, because {reason}; at least {least}",
    "without_end": "no bound as time goes on: {each}; at least {least}",
    "each_observation": "at most {most} at every observation",
    "each_date": "at most {most} at each of its dates",
    "each_choice": "at most {most} at each `{name}`",
    # --- collateral
    "locks": "{party} locks {most}, all that it may come to owe",
    "locks_more": "{party} locks {locked}, more than the {most} that it may come to owe",
    "cannot_lock": (
        "{party} owes at most {most}, but no bound is found without the prover, which the kernel "
        "does not ask: nobody can open a position"
    ),
    "locks_stress": "{party} posts {asset} for the most that it may still come to owe",
    "margined": (
        "{party} posts {asset} by its closed form, not for the {most} of the worst case: below "
        "maintenance its position is auctioned, and what that does not bring falls to {shortfall}"
    ),
    "unsecured": "{party} posts nothing: for up to {most} the others rely on it",
    "cannot_open": "{party} may owe without bound and posts nothing: nobody can open a position",
}


def said(sentence: str, **names: object) -> str:
    """A sentence with its names filled in."""
    return SENTENCES[sentence].format(**names)
