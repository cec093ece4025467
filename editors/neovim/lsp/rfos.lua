-- What `vim.lsp.enable("rfos")` starts, in Neovim 0.11 and later.
return {
  cmd = { "rfos", "lsp" },
  filetypes = { "rfos" },
  root_markers = { "market.toml", ".git" },
}
