(contract "contract" @context name: (name) @name) @item
(feed "feed" @context name: (name) @name) @item
(margin "margin" @context name: (name) @name) @item
(source_file (let "let" @context name: (name) @name) @item)
(test "test" @context title: (text) @name) @item
