; Made by `python -m rfos_lang.editing.generate`; not to be edited.
; Of several patterns that fit, the last counts.

(name) @variable
((name) @constant.builtin
  (#any-of? @constant.builtin "LON" "NONE" "NYC" "NYSE" "TARGET" "TOK" "WEEKENDS" "XLON" "XTKS" "adjusted" "following" "long_first" "long_last" "modified_following" "modified_preceding" "none" "preceding" "short_first" "short_last" "unadjusted"))
((name) @variable.builtin
  (#any-of? @variable.builtin "equity" "escrow" "every_tick" "exposure" "initial" "issuance" "maintenance" "now" "rho" "start" "theta" "this" "y"))
(member) @property
(comment) @comment
(documentation) @comment.documentation
(text) @string
[(number) (length)] @number
[(date) (instant) (time)] @constant
(day_count) @constant.builtin
(unit_of_quantity) @type
(unit_of_quantity (name) @type)
(type (name) @type)
(zone (name) @constant)
(path (name) @module)

(contract name: (name) @type.definition)
(asset name: (name) @type.definition)
(unit name: (name) @type.definition)
(margin name: (name) @type.definition)
(feed name: (name) @function)
(let name: (name) @variable)
(let name: (name) @function parameters: (parameters))
(state name: (name) @variable)
(parameter name: (name) @variable.parameter)
(named name: (name) @variable.parameter)
(rule key: (name) @property)
(may name: (name) @function)
(choice name: (name) @function)
(call function: (name) @function.call)
(call function: (field name: (member) @function.method.call))

((call function: (name) @function.builtin)
  (#any-of? @function.builtin "abs" "accrued" "annuity" "business_days" "clamp" "count" "delta" "ever" "every" "exp" "failed" "first" "fixing" "forward" "gamma" "highest" "last" "log" "lowest" "max" "mean" "merged" "min" "normal" "periods" "product" "quote" "resolved" "round" "schedule" "size" "spot" "sqrt" "sum" "tail" "vega" "year_fraction"))
((type (name) @type.builtin)
  (#any-of? @type.builtin "Asset" "Bool" "Calendar" "Date" "DayCount" "Duration" "Entity" "Index" "Instant" "Number" "Schedule" "Text"))
["asset" "contract" "feed" "let" "margin" "perpetual" "state" "test" "unit" "use"] @keyword
["and" "not" "or"] @keyword.operator
[(false) (true)] @boolean
["as" "at" "become" "between" "burn" "by" "collateral" "cut" "decimals" "default" "each" "else" (end) "ended" "expect" "for" "from" "if" "in" "issued" "liquidation" "may" "mint" "net" "of" "on" "otherwise" "over" "pays" "refused" "require" "style" "then" "to" (unsecured) "until" "valued" "when" "within"] @keyword
["+" "-" "*" "/" "^" "<" "<=" ">" ">=" "==" "!=" "=" "+=" "-="] @operator
["," "." ":" ";"] @punctuation.delimiter
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
