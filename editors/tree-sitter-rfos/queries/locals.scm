[(source_file) (contract) (block) (test) (let)] @local.scope

(parameter name: (name) @local.definition.parameter)
(binder name: (name) @local.definition.var)
(let name: (name) @local.definition.var)
(state name: (name) @local.definition.var)
(contract name: (name) @local.definition.type)
(asset name: (name) @local.definition.type)
(unit name: (name) @local.definition.type)
(feed name: (name) @local.definition.function)
(parties (name) @local.definition.var)

(name) @local.reference
