-- Colours from the tree where its parser is built, else those of Vim's syntax file; the server where Neovim
-- can start it by name.

local function has_parser()
  return #vim.api.nvim_get_runtime_file("parser/rfos.so", false) > 0
end

vim.api.nvim_create_autocmd("FileType", {
  pattern = "rfos",
  callback = function(event)
    if vim.treesitter.start and has_parser() then
      vim.treesitter.start(event.buf, "rfos")
    end
  end,
})

if vim.lsp.enable then
  vim.lsp.enable("rfos")
end
