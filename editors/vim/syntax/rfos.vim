" Made by `python -m rfos_lang.editing.generate`; not to be edited.
" Of several that begin at one place, the last that is defined counts; keywords count before all.

if exists("b:current_syntax")
  finish
endif

" Nothing goes over the end of a line.
syn sync maxlines=1

syn match rfosWrong /\v\S/
syn match rfosName /\v[A-Za-z_][A-Za-z0-9_]*/
syn match rfosType /\v%(Asset|Bool|Calendar|Date|DayCount|Duration|Entity|Index|Instant|Number|Schedule|Text)%([A-Za-z0-9_])@!/
syn match rfosCalendar /\v%(LON|NONE|NYC|NYSE|TARGET|TOK|WEEKENDS|XLON|XTKS)%([A-Za-z0-9_])@!/
syn match rfosConvention /\v%(adjusted|following|long_first|long_last|modified_following|modified_preceding|none|preceding|short_first|short_last|unadjusted)%([A-Za-z0-9_])@!/
syn match rfosGiven /\v%(equity|escrow|every_tick|exposure|initial|issuance|maintenance|now|rho|start|theta|this|y)%([A-Za-z0-9_])@!/
syn match rfosCall /\v[A-Za-z_][A-Za-z0-9_]*%(\s*\()@=/
syn match rfosFunction /\v%(abs|accrued|annuity|business_days|clamp|count|delta|ever|every|exp|failed|first|fixing|forward|gamma|highest|last|log|lowest|max|mean|merged|min|normal|periods|product|quote|resolved|round|schedule|size|spot|sqrt|sum|tail|vega|year_fraction)%([A-Za-z0-9_])@!%(\s*\()@=/
syn match rfosLabel /\v[A-Za-z_][A-Za-z0-9_]*%(\s*:)@=/
syn keyword rfosDeclaring perpetual test use
syn keyword rfosLogic and not or
syn keyword rfosTruth false true
syn keyword rfosKeyword as at become between burn by collateral cut decimals default each else end ended expect for from if in issued liquidation may mint net of on otherwise over pays refused require style then to unsecured until valued when within
syn keyword rfosDeclaring asset contract feed let margin state unit nextgroup=rfosDeclared skipwhite
syn match rfosDeclared /\v%(%(and|as|asset|at|become|between|burn|by|collateral|contract|cut|decimals|default|each|else|end|ended|expect|false|feed|for|from|if|in|issued|let|liquidation|margin|may|mint|net|not|of|on|or|otherwise|over|pays|perpetual|refused|require|state|style|test|then|to|true|unit|unsecured|until|use|valued|when|within)%([A-Za-z0-9_])@!)@![A-Za-z_][A-Za-z0-9_]*/ contained
syn match rfosOperator /\v\*/
syn match rfosOperator /\v\//
syn match rfosPunctuation /\v;/
syn match rfosPunctuation /\v\]/
syn match rfosPunctuation /\v\)/
syn match rfosPunctuation /\v\}/
syn match rfosOperator /\v\+/
syn match rfosOperator /\v\-/
syn match rfosPunctuation /\v\[/
syn match rfosPunctuation /\v\(/
syn match rfosPunctuation /\v\{/
syn match rfosOperator /\v\=/
syn match rfosPunctuation /\v\./
syn match rfosPunctuation /\v\.%(\s*[A-Za-z_][A-Za-z0-9_]*)@=/ nextgroup=rfosField skipwhite
syn match rfosField /\v[A-Za-z_][A-Za-z0-9_]*/ contained
syn match rfosPunctuation /\v,/
syn match rfosPunctuation /\v:/
syn match rfosOperator /\v\^/
syn match rfosOperator /\v%(\+\=|\-\=)/
syn match rfosOperator /\v[<>]\=?|[=!]\=/
syn match rfosWrong /\v"[^"]*/
syn match rfosWrong /\v[0-9][A-Za-z0-9_]*%(\.[0-9][A-Za-z0-9_]*)?/
syn match rfosText /\v"[^"]*"/
syn match rfosNumber /\v[0-9]+%(_[0-9]+)*%(\.[0-9]+)?%(\%|bp%([A-Za-z0-9_])@!|%([A-Za-z0-9_%])@!)/
syn match rfosDuration /\v[0-9]+%(min|bd|[shdwMy])%([A-Za-z0-9_])@!/
syn match rfosComment /\v\/\/.*/
syn match rfosNumber /\v[0-9]+%(_[0-9]+)*%(\.[0-9]+)?%( %(%(and|as|asset|at|become|between|burn|by|collateral|contract|cut|decimals|default|each|else|end|ended|expect|false|feed|for|from|if|in|issued|let|liquidation|margin|may|mint|net|not|of|on|or|otherwise|over|pays|perpetual|refused|require|state|style|test|then|to|true|unit|unsecured|until|use|valued|when|within)%([A-Za-z0-9_])@!)@![A-Za-z_][A-Za-z0-9_]*%(\/[A-Za-z_][A-Za-z0-9_]*)*)@=/ nextgroup=rfosUnit
syn match rfosUnit /\v %(%(and|as|asset|at|become|between|burn|by|collateral|contract|cut|decimals|default|each|else|end|ended|expect|false|feed|for|from|if|in|issued|let|liquidation|margin|may|mint|net|not|of|on|or|otherwise|over|pays|perpetual|refused|require|state|style|test|then|to|true|unit|unsecured|until|use|valued|when|within)%([A-Za-z0-9_])@!)@![A-Za-z_][A-Za-z0-9_]*%(\/[A-Za-z_][A-Za-z0-9_]*)*/ contained
syn match rfosWrong /\v[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}%([A-Za-z0-9_])@!|[0-9]{1,2}\/[0-9]{1,2}\/[0-9]{4}%([A-Za-z0-9_])@!|[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[A-Za-z0-9_:.+]*/
syn match rfosDate /\v[0-9][0-9]:[0-9][0-9]%([A-Za-z0-9_])@!/
syn match rfosDate /\v[0-9]{4}-[0-9][0-9]-[0-9][0-9]%([A-Za-z0-9_])@!/
syn match rfosDayCount /\v%(30E\/360\.ISDA|act\/act\.ICMA|30E?\/360|act\/%(360|365|act))%([A-Za-z0-9_/])@!/
syn match rfosDate /\v[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]%(:[0-9][0-9])?Z/
syn match rfosDocumentation /\v\/\/\/%(\/)@!.*/

hi def link rfosComment Comment
hi def link rfosDocumentation SpecialComment
hi def link rfosText String
hi def link rfosNumber Number
hi def link rfosUnit Type
hi def link rfosDate Constant
hi def link rfosDuration Number
hi def link rfosDayCount Constant
hi def link rfosDeclaring Structure
hi def link rfosKeyword Statement
hi def link rfosLogic Operator
hi def link rfosTruth Boolean
hi def link rfosType Type
hi def link rfosCalendar Constant
hi def link rfosConvention Constant
hi def link rfosFunction Function
hi def link rfosCall Function
hi def link rfosGiven Special
hi def link rfosDeclared Identifier
hi def link rfosLabel Label
hi def link rfosField Identifier
hi def link rfosOperator Operator
hi def link rfosPunctuation Delimiter
hi def link rfosWrong Error

let b:current_syntax = "rfos"
