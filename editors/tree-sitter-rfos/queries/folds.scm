[(block) (rules) (test) (quoted) (day) (parameters) (arguments) (list)] @fold
