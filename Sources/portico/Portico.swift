// The command line's root: `serve` unless another subcommand is named.
import ArgumentParser

@main
struct Portico: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "portico",
        abstract: "Serves a directory and forwards to backends, from one app_config.toml.",
        discussion: """
            Without a subcommand, portico serves. Without --config it reads ./app_config.toml where that exists, and \
            otherwise serves ./public on port 8080.
            """,
        subcommands: [
            Serve.self, Check.self, Explain.self, ConfigCommand.self, Logs.self, LogLevelCommand.self, Status.self,
            Targets.self, ReloadCommand.self,
            Drain.self,
            Enable.self, Disable.self, Precompress.self, Version.self,
        ],
        defaultSubcommand: Serve.self)
}
