"""The language server: an editor's questions over a wire, answered by `editing`."""
