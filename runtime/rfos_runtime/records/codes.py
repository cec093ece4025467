"""Result codes, stable, by hundreds; and how a command is refused."""

from enum import IntEnum, unique


@unique
class Code(IntEnum):
    """How a command or a report went. Only ACCEPTED changes anything."""

    ACCEPTED = 0

    # 1xx the envelope
    UNKNOWN_SIGNER = 100
    WRONG_SEQUENCE = 101  # not the signer's next: seen before, or one is missing
    NOT_SIGNED = 102  # an account that has to consent has not signed
    MALFORMED = 103  # a field outside its range
    LINK_FAILED = 104  # it would go well, but a command that it is linked to does not
    LINK_OPEN = 105  # it is linked to a next command, and there is none
    UNKNOWN_OPERATION = 106  # the record asks for nothing that is known
    NOT_ZERO = 107  # a flag that is none, or a column that the command does not use
    NOT_LINKABLE = 108  # what registers, defines, lists or chooses stands alone

    # 2xx the ledger
    UNKNOWN_ACCOUNT = 200
    ACCOUNT_EXISTS = 201
    UNKNOWN_ASSET = 202
    ASSET_EXISTS = 203
    INSUFFICIENT_FREE = 204
    SUPPLY_TOO_LARGE = 205
    IN_DEBT = 206  # the account owes the insurance fund
    ISSUED_ASSET = 207  # a contract issues it: it neither comes from outside nor leaves
    RECEIPT_USED = 208  # a deposit, or a withdrawal, of that receipt is booked already
    BELOW_FLOOR = 209  # the account's own limits, as the operator has set them
    ABOVE_CEILING = 210
    ABOVE_DAILY = 211
    UNKNOWN_RESERVATION = 212  # never made, completed, or run out
    NOT_THE_PAYEE = 213
    TOO_FEW_SHARES = 214  # the account has fewer in the fund, or its units buy none

    # 3xx the market
    OPENING_STOPPED = 300  # mark unknown, reporters far apart, paused or halted: only shrink
    ONE_HOLDER_A_SIDE = 301  # the contract is not separable into lots
    NO_POSITION = 302
    LOTS_STAND_STILL = 303  # escrow holds something for each lot: none may open or close
    NOT_HALTED = 304  # there is nothing that could go on

    # 4xx contracts
    BAD_ARTEFACT = 400
    UNKNOWN_DEFINITION = 401
    UNKNOWN_INSTRUMENT = 402
    BAD_BINDING = 403  # assets, feeds or parties do not fit the definition
    START_HAS_PASSED = 404
    TERMS_REFUSED = 405  # a contract-level `require`, or its arithmetic
    INSTRUMENT_CLOSED = 406  # ended or frozen
    UNKNOWN_CHOICE = 407
    NOT_THE_CHOOSER = 408  # the account holds no lots, or too few, of the party that may choose
    CHOICE_NOT_OPEN = 409
    CHOICE_REFUSED = 410  # a `require` in it, or its arithmetic
    CHOICE_WAITS = 411  # an observation that it needs is missing, or its instrument waits
    CHOICE_NOT_SEPARABLE = 412  # it goes on after: only the holder of a whole side may take it
    CANNOT_PAY = 413
    NOT_THE_ISSUER = 414  # the definition issues an asset that is another's to issue
    TOO_MANY_PARTIES = 415  # more than eight beside the two sides of a lot
    GOES_ON = 416  # it is neither frozen nor waits: there is nothing to resolve
    BEYOND_LOCK = 417  # more than a side can owe at worst, or not all that escrow holds

    # 5xx margin
    BELOW_INITIAL = 500
    INSUFFICIENT_COLLATERAL = 501
    NO_COLLATERAL_RULE = 502  # this side of the instrument posts nothing
    BAD_POLICY = 503
    UNKNOWN_POLICY = 504  # none of this hash, or one of another asset
    IN_AUCTION = 505  # what is margined together is being liquidated
    MARGINED_TOGETHER = 506  # positions or payments to come are left
    ASSET_NOT_TAKEN = 507  # no policy that the account has elected takes it for this instrument

    # 6xx auctions
    NO_SEALED_AUCTION = 600  # none in the instrument takes sealed bids in now
    UNKNOWN_SEAL = 601  # the account has no sealed bid for the instrument
    ANOTHER_SEAL = 602  # what is opened is not what was sealed
    OPENED_BEFORE = 603

    # 7xx the oracle
    UNKNOWN_FEED = 700
    FEED_EXISTS = 701
    UNKNOWN_REPORTER = 702
    REPORT_LATE = 703  # at or before the last instant that the kernel has seen
    REPORT_EARLY = 704  # after the block's own time
    DUPLICATE_REPORT = 705  # the reporter's first word for a feed and instant counts
    NO_QUORUM = 706
    OUT_OF_BOUNDS = 707
    STEP_TOO_LARGE = 708
    DATE_AHEAD = 709  # a fixing for a day that has not begun
    FIXED_BEFORE = 710  # the fixing of that day is known, and stands
    APPRAISERS_STAND = 711  # they are named once, before the first instrument is listed
    SAYS_ITS_RISK = 712  # contract code does: nobody appraises it
    NOT_AN_APPRAISER = 713  # of this instrument
    ANOTHER_VERSION = 714  # the instrument has lived on since
    BEYOND_ENVELOPE = 715  # more than the contract can owe at worst, or there is no bound
    ANOTHER_PRICE = 716  # than the feed had at the epoch, or than it can have

    # 8xx what may be set
    UNKNOWN_PARAMETER = 800
    BEYOND_BOUNDS = 801  # of the parameter
    BEYOND_STEP = 802  # further from what it is than it may move at once
    TOO_SOON = 803  # before the delay of the parameter has run out
    UNKNOWN_PROPOSAL = 804  # none waits for this

    @property
    def words(self) -> str:
        """The code as people read it: `below initial`."""
        return self.name.lower().replace("_", " ")


class Refused(Exception):
    """Ends a command; the caller drops everything that the command did."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.name)
        self.code = code


def require(condition: bool, code: Code) -> None:
    """Refuses the command with `code` unless the condition holds."""
    if not condition:
        raise Refused(code)
