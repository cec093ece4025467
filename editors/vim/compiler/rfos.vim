" `:make` checks the file; errors go to the quickfix list.

if exists("current_compiler")
  finish
endif
let current_compiler = "rfos"

CompilerSet makeprg=rfos\ check\ %:S
CompilerSet errorformat=%Eerror[%m,%Wwarning[%m,%C%*\\s┌─\ %f:%l:%c,%-G%.%#
