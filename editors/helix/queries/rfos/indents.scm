[(block) (rules) (test) (quoted) (day) (parameters) (arguments) (list) (parenthesized)] @indent
["}" ")" "]"] @outdent
