; Neovim's names. Helix has its own in editors/helix.
[(block) (rules) (test) (quoted) (day) (parameters) (arguments) (list) (parenthesized)] @indent.begin
["}" ")" "]"] @indent.branch @indent.end
