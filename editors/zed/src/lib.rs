//! Starts `rfos lsp`, which has to be on the path of the project.

use zed_extension_api::{self as zed, LanguageServerId, Result};

struct Rfos;

impl zed::Extension for Rfos {
    fn new() -> Self {
        Rfos
    }

    fn language_server_command(
        &mut self,
        _server: &LanguageServerId,
        worktree: &zed::Worktree,
    ) -> Result<zed::Command> {
        let command = worktree
            .which("rfos")
            .ok_or("the command `rfos` is not on the path")?;
        Ok(zed::Command {
            command,
            args: vec!["lsp".into()],
            env: worktree.shell_env(),
        })
    }
}

zed::register_extension!(Rfos);
