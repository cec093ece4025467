autocmd BufNewFile,BufRead *.rfos setfiletype rfos
