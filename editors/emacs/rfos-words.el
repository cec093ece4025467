;;; rfos-words.el --- The words of rfos -*- lexical-binding: t -*-
;; Made by `python -m rfos_lang.editing.generate`; not to be edited.

(defconst rfos-naming-words
  '("asset" "contract" "feed" "let" "margin" "state" "unit"))

(defconst rfos-declarings
  '("asset" "contract" "feed" "let" "margin" "perpetual" "state" "test" "unit" "use"))

(defconst rfos-logics
  '("and" "not" "or"))

(defconst rfos-truths
  '("false" "true"))

(defconst rfos-keywords
  '("as" "at" "become" "between" "burn" "by" "collateral" "cut" "decimals" "default" "each" "else" "end" "ended" "expect" "for" "from" "if" "in" "issued" "liquidation" "may" "mint" "net" "of" "on" "otherwise" "over" "pays" "refused" "require" "style" "then" "to" "unsecured" "until" "valued" "when" "within"))

(defconst rfos-types
  '("Asset" "Bool" "Calendar" "Date" "DayCount" "Duration" "Entity" "Index" "Instant" "Number" "Schedule" "Text"))

(defconst rfos-calendars
  '("LON" "NONE" "NYC" "NYSE" "TARGET" "TOK" "WEEKENDS" "XLON" "XTKS"))

(defconst rfos-conventions
  '("adjusted" "following" "long_first" "long_last" "modified_following" "modified_preceding" "none" "preceding" "short_first" "short_last" "unadjusted"))

(defconst rfos-givens
  '("equity" "escrow" "every_tick" "exposure" "initial" "issuance" "maintenance" "now" "rho" "start" "theta" "this" "y"))

(defconst rfos-functions
  '("abs" "accrued" "annuity" "business_days" "clamp" "count" "delta" "ever" "every" "exp" "failed" "first" "fixing" "forward" "gamma" "highest" "last" "log" "lowest" "max" "mean" "merged" "min" "normal" "periods" "product" "quote" "resolved" "round" "schedule" "size" "spot" "sqrt" "sum" "tail" "vega" "year_fraction"))

(defconst rfos-day-counts
  '("act/360" "act/365" "act/act" "30/360" "30E/360" "30E/360.ISDA" "act/act.ICMA"))

(defconst rfos-duration-units
  '("s" "min" "h" "d" "w" "M" "y" "bd"))

(provide 'rfos-words)
;;; rfos-words.el ends here
