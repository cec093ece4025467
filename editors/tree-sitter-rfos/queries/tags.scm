(contract name: (name) @name) @definition.class
(feed name: (name) @name) @definition.interface
(margin name: (name) @name) @definition.class
(let name: (name) @name) @definition.constant
(call function: (name) @name) @reference.call
(type (name) @name) @reference.type
