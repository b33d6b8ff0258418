#include "cli/app.hpp"

#include "base/error.hpp"
#include "base/own_program.hpp"
#include "base/paths.hpp"
#include "base/protocol.hpp"
#include "cli/doctor.hpp"
#include "cli/logs.hpp"
#include "cli/memory.hpp"
#include "cli/setup.hpp"
#include "cli/status.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>

namespace mayla::cli {

namespace {

constexpr int usage_error = 2;

/// Everything that options write to. One object, since a command line holds one command.
struct Arguments {
    SetupOptions setup;
    Filter filter;
    NewMemory memory;
    bool json = false, no_claude = false, follow = false;
    std::size_t lines = 100, limit = 50, search_limit = 0;
    std::vector<std::string> words, ids;
    std::string reason, file = "-";
    std::string format = "jsonl";
    /// The command that was named, ready to run.
    std::function<int(const Places&, Terminal&)> command;
};

CLI::App* command(CLI::App& parent, Arguments& a, const char* name, const char* about,
                  std::function<int(const Places&, Terminal&)> action) {
    CLI::App* sub = parent.add_subcommand(name, about);
    sub->callback([&a, action = std::move(action)] { a.command = action; });
    return sub;
}

void add_filter(CLI::App* sub, Arguments& a) {
    sub->add_option("--project", a.filter.project, "a folder of the project, or its name");
    sub->add_option("--scope", a.filter.scope, "project, user or all");
    sub->add_option("--kind", a.filter.kind, "fact, decision, gotcha, todo, note, or a word of your own");
    sub->add_option("--tag", a.filter.tags, "has this tag (may be repeated: has all of them)")
        ->allow_extra_args(false);
}

void add_memory_commands(CLI::App& app, Arguments& a) {
    CLI::App* memory = app.add_subcommand("memory", "look at the memories, add and forget some");
    memory->require_subcommand(1);

    auto* list = command(*memory, a, "list", "the newest first", [&a](const Places& p, Terminal& t) {
        return list_memories(p, t, a.filter, a.limit);
    });
    add_filter(list, a);
    list->add_flag("--deleted", a.filter.deleted, "those that were forgotten");
    list->add_option("--limit", a.limit, "at most so many; 0: all")->capture_default_str();

    auto* show = command(*memory, a, "show", "full text",
                         [&a](const Places& p, Terminal& t) { return show_memories(p, t, a.ids); });
    show->add_option("ID", a.ids, "numbers, as in the list")->required();

    auto* search = command(*memory, a, "search", "what a session gets from `recall`",
                           [&a](const Places& p, Terminal& t) {
                               std::string words;
                               for (const auto& word : a.words) words += (words.empty() ? "" : " ") + word;
                               return search_memories(p, t, words, a.filter, a.search_limit);
                           });
    search->add_option("WORDS", a.words, "any text; after -- it may begin with a dash")->required();
    add_filter(search, a);
    search->add_option("--limit", a.search_limit, "at most so many");

    auto* add = command(*memory, a, "add", "store one",
                        [&a](const Places& p, Terminal& t) { return add_memory(p, t, a.memory); });
    add->add_option("TEXT", a.memory.text, "the text; - reads standard input")->required();
    add->add_option("--title", a.memory.title, "one line that says what it is about");
    add->add_option("--kind", a.memory.kind,
                    "fact, decision, gotcha, todo, note (default), or a word of your own");
    add->add_option("--tag", a.memory.tags, "a tag (may be repeated)")->allow_extra_args(false);
    add->add_option("--scope", a.memory.scope, "project (default), or user: it holds in every project");
    add->add_option("--project", a.memory.project,
                    "a folder of the project, or its name; without it the current folder's");

    auto* forget = command(*memory, a, "forget", "a soft delete", [&a](const Places& p, Terminal& t) {
        return forget_memories(p, t, a.ids, a.reason);
    });
    forget->add_option("ID", a.ids, "numbers, as in the list")->required();
    forget->add_option("--reason", a.reason, "kept with it");

    auto* exported =
        command(*memory, a, "export", "all of them, for other programs", [&a](const Places& p, Terminal& t) {
            return export_memories(p, t, a.format == "md" ? ExportFormat::md : ExportFormat::jsonl, a.file,
                                   a.filter);
        });
    exported->add_option("--format", a.format, "jsonl: one object a line; md: Markdown")
        ->check(CLI::IsMember({"jsonl", "md"}))
        ->capture_default_str();
    exported->add_option("FILE", a.file,
                         "a file, which appears when it is whole; without it, or with -, standard output");
    add_filter(exported, a);
    exported->add_flag("--deleted", a.filter.deleted, "forgotten ones too");
}

void add_commands(CLI::App& app, Arguments& a) {
    auto* up = command(app, a, "setup", "hand the socket to the service manager, register with Claude Code",
                       [&a](const Places& p, Terminal& t) {
                           a.setup.claude = !a.no_claude;
                           return setup(p, t, a.setup);
                       });
    auto* down = command(app, a, "unsetup", "take back what setup did; memories stay",
                         [&a](const Places& p, Terminal& t) {
                             a.setup.claude = !a.no_claude;
                             return unsetup(p, t, a.setup);
                         });
    for (CLI::App* sub : {up, down}) {
        sub->add_flag("--dry-run", a.setup.dry_run, "only say what would be done");
        sub->add_flag("--no-claude", a.no_claude, "leave Claude Code's configuration alone");
    }
    auto* state = command(app, a, "status", "the daemon, its databases, who is connected",
                          [&a](const Places& p, Terminal& t) { return status(p, t, a.json); });
    auto* health = command(app, a, "doctor", "check everything; each fault with the command that mends it",
                           [&a](const Places& p, Terminal& t) { return doctor(p, t, a.json); });
    for (CLI::App* sub : {state, health}) sub->add_flag("--json", a.json, "for programs");
    add_memory_commands(app, a);
    auto* log = command(app, a, "logs", "the daemon's log",
                        [&a](const Places& p, Terminal& t) { return logs(p, t, a.lines, a.follow); });
    log->add_option("-n,--lines", a.lines, "the last so many lines; 0: all")->capture_default_str();
    log->add_flag("-f,--follow", a.follow, "go on with what is written from now on");
}

/// Registrations of earlier versions start `mayla` without arguments as their MCP server.
[[noreturn]] void become_shim() {
    std::string shim = parent_folder(own_program()) + "/mayla-shim";
    std::string mode = "mcp";
    char* const arguments[] = {shim.data(), mode.data(), nullptr};
    ::execv(shim.c_str(), arguments);
    throw system_error(Code::unavailable, shim, errno);
}

} // namespace

int run(int argc, char** argv) {
    if (argc == 1 && ::isatty(STDIN_FILENO) == 0) become_shim();
    // A reader that leaves, or a daemon that does, is an error code where it happens, not a signal.
    ::signal(SIGPIPE, SIG_IGN);

    Arguments arguments;
    CLI::App app("One memory for all your Claude Code sessions.", "mayla");
    app.set_version_flag("--version", fmt::format("mayla {}", protocol::build()));
    app.require_subcommand(1);
    add_commands(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        // CLI11 tells by exceptions; help and version are among them.
        return app.exit(e) == 0 ? 0 : usage_error;
    }
    Terminal out = Terminal::standard_output();
    const int exit_status = arguments.command(Places::find(), out);
    out.flush();
    return exit_status;
}

} // namespace mayla::cli
