" A line stands as deep as there are lines with brackets that are open there. Where a line goes on with the
" one before it is left where it stands.

if exists("b:did_indent")
  finish
endif
let b:did_indent = 1

setlocal indentexpr=GetRfosIndent() indentkeys=0{,0},0),0],!^F,o,O
let b:undo_indent = "setlocal indentexpr< indentkeys<"

if exists("*GetRfosIndent")
  finish
endif

let s:goes_on = '^\s*\%([-+*/=<>^.,]\|\<\%(and\|or\|then\|else\|otherwise\|between\|default\|until\)\>\)'
let s:item = '^\%(perpetual\|contract\|asset\|unit\|feed\|use\|margin\|test\|let\)\>'
let s:in_words = 'strpart(getline("."), 0, col(".") - 1) =~# ''//\|^[^"]*"[^"]*\%("[^"]*"[^"]*\)*$'''

function! GetRfosIndent() abort
  let line = getline(v:lnum)
  if line =~# s:goes_on && line !~# '^\s*//'
    return -1
  endif
  call cursor(v:lnum, 1)
  let first = search(s:item, 'bnW')
  call cursor(v:lnum, indent(v:lnum) + 1)
  let opened = []
  while 1
    let [row, column] = searchpairpos('[({[]', '', '[])}]', 'bW', s:in_words, first)
    if row == 0
      break
    endif
    call add(opened, row)
  endwhile
  let closed = len(matchstr(line, '^\s*\zs[])}]*'))
  return shiftwidth() * len(uniq(opened[closed :]))
endfunction
