(contract body: (block) @class.inside) @class.around
(test) @test.around
(parameter) @parameter.around
(comment)+ @comment.around
(documentation)+ @comment.around
