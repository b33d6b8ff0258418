#include "cli/setup.hpp"

#include "base/error.hpp"
#include "base/paths.hpp"
#include "cli/claude.hpp"
#include "cli/daemon.hpp"
#include "cli/files.hpp"

#include <fmt/core.h>
#include <unistd.h>

namespace mayla::cli {

namespace {

namespace fs = std::filesystem;

/// One run of setup or unsetup: what is said, and whether it is also done.
class Work {
public:
    Work(const Places& places, Terminal& out, bool dry_run) : places_(places), out_(out), dry_run_(dry_run) {}

    bool dry() const { return dry_run_; }
    void say(std::string_view text) {
        out_.print(fmt::format("{}\n", text));
        // Steps take seconds; each is seen when it is done.
        out_.flush();
    }
    /// Says what is done, or would be. True if it is to be done.
    bool doing(std::string_view verb, std::string_view what) {
        if (dry_run_) say(fmt::format("would {:<9} {}", verb, what));
        return !dry_run_;
    }

    /// True if the file had to change.
    bool put(const service::UnitFile& unit) {
        const auto old = read_file(unit.path);
        const std::string name = places_.shown(unit.path);
        if (old == unit.content) {
            say(fmt::format("unchanged  {}", name));
            return false;
        }
        if (old && doing("keep", name + ".old")) {
            fs::rename(unit.path, unit.path.string() + ".old");
            say(fmt::format("kept       {}.old", name));
        }
        if (doing("write", name)) {
            make_folders(unit.path.parent_path().string());
            NewFile file(unit.path, 0644);
            file.write(unit.content);
            file.keep();
            say(fmt::format("wrote      {}", name));
        }
        return true;
    }

    void remove(const fs::path& path) {
        if (!is_there(path)) return;
        if (!doing("remove", places_.shown(path))) return;
        fs::remove(path);
        say(fmt::format("removed    {}", places_.shown(path)));
    }

private:
    const Places& places_;
    Terminal& out_;
    bool dry_run_;
};

void need_programs(const Places& places) {
    for (const fs::path& program : {places.daemon(), places.shim()}) {
        if (::access(program.c_str(), X_OK) == 0) continue;
        throw Error(
            Code::not_found,
            fmt::format(
                "{} is not there, but must lie beside `mayla`. Install all of May-la: packaging/install",
                program.string()));
    }
}

void with_manager(const Places& places, Work& work) {
    bool changed = false;
    for (const auto& unit : service::unit_files(places.manager())) changed |= work.put(unit);
    work.remove(places.unmanaged_mark());
    if (!work.doing("start", fmt::format("the socket, through {}", service::manager_name()))) return;
    service::arm(places.manager(), changed);
    const auto socket = service::managed_socket(places.manager());
    work.say(
        fmt::format("{} listens on {}", service::manager_name(), socket ? socket->string() : "the socket"));
}

void without_manager(const Places& places, Work& work, const std::string& why) {
    work.say(
        fmt::format("No service manager: {}.\n"
                    "So sessions start the daemon themselves. Where there is one, run `mayla setup` again.",
                    why));
    if (is_there(places.unmanaged_mark())) {
        work.say(fmt::format("unchanged  {}", places.shown(places.unmanaged_mark())));
        return;
    }
    if (!work.doing("write", places.shown(places.unmanaged_mark()))) return;
    make_folders(places.data.string());
    NewFile mark(places.unmanaged_mark(), 0600);
    mark.write(
        "There was no service manager when `mayla setup` ran here, so mayla-shim starts the daemon.\n");
    mark.keep();
    work.say(fmt::format("wrote      {}", places.shown(places.unmanaged_mark())));
}

/// The proof: connect as a client does, and ask.
void prove(const Places& places, Work& work) {
    if (!work.doing("connect", "to the daemon and ask for its status")) return;
    rpc::Client client = connect(places);
    const auto status = client.call("mayla/status", nlohmann::json::object());
    work.say(fmt::format("mayla-daemon {} answers on {} (pid {}, mode {})", client.daemon_build(),
                         client.socket(), status.value("pid", 0), status.value("mode", "unknown")));
}

void register_with_claude(const Places& places, Work& work) {
    const auto claude = ClaudeCode::find();
    if (!claude) {
        work.say(fmt::format("Claude Code: `claude` is not in PATH. Once it is: {}",
                             registration_command(places)));
        return;
    }
    const auto entry = claude->registration();
    if (entry && entry->of_user() && is_ours(*entry, places)) {
        work.say("Claude Code: registered already");
        return;
    }
    if (!work.doing("run", registration_command(places))) return;
    if (!claude->add(places)) {
        claude->remove();
        claude->add(places);
        if (entry && entry->of_user()) {
            work.say(fmt::format("Claude Code: the entry `mayla` was {} {}; replaced", entry->command,
                                 entry->arguments));
        }
    }
    work.say(fmt::format("Claude Code: registered, mayla -> {} mcp", places.shim().string()));
    if (entry && !entry->of_user()) {
        work.say(fmt::format(
            "Claude Code: this folder has an entry `mayla` of its own, which wins here ({}: {} {})",
            entry->scope, entry->command, entry->arguments));
    }
}

void unregister(Work& work) {
    const auto claude = ClaudeCode::find();
    const auto entry = claude ? claude->registration() : std::nullopt;
    if (entry && entry->of_user() && fs::path(entry->command).filename() != "mayla-shim") {
        work.say(fmt::format("Claude Code: the entry `mayla` is {} {}, not from `mayla setup`; left alone",
                             entry->command, entry->arguments));
        return;
    }
    if (!claude) return;
    if (work.doing("run", "claude mcp remove -s user mayla") && claude->remove()) {
        work.say("Claude Code: no longer registered");
    }
}

/// Without a service manager nobody else ends the daemon; it would live on until it is idle.
void end_unmanaged_daemon(const Places& places, Work& work) {
    rpc::Client client = client_of(places, places.sockets);
    if (!client.connect()) return;
    const auto status = client.call("mayla/status", nlohmann::json::object());
    const auto pid = status.value("pid", 0);
    if (status.value("mode", "") != "unmanaged" ||
        !work.doing("stop", fmt::format("the daemon (pid {})", pid)))
        return;
    client.call("mayla/drain", nlohmann::json::object());
    work.say(fmt::format("stopped    the daemon (pid {})", pid));
}

} // namespace

int setup(const Places& places, Terminal& out, const SetupOptions& options) {
    Work work(places, out, options.dry_run);
    need_programs(places);
    if (const auto why = service::manager_refusal()) {
        without_manager(places, work, *why);
    } else {
        with_manager(places, work);
    }
    prove(places, work);
    if (options.claude) register_with_claude(places, work);
    return 0;
}

int unsetup(const Places& places, Terminal& out, const SetupOptions& options) {
    Work work(places, out, options.dry_run);
    if (options.claude) unregister(work);
    const bool unmanaged = is_there(places.unmanaged_mark());
    work.remove(places.unmanaged_mark());
    if (unmanaged) end_unmanaged_daemon(places, work);
    const bool managed =
        !service::manager_refusal() && service::socket_state() != service::SocketState::unknown;
    if (managed &&
        work.doing("stop", fmt::format("the socket and the daemon, through {}", service::manager_name()))) {
        service::disarm(places.manager());
        work.say(fmt::format("stopped    the socket and the daemon, through {}", service::manager_name()));
    }
    for (const auto& unit : service::unit_files(places.manager())) work.remove(unit.path);
    if (managed && !work.dry()) service::reload();
    work.say(fmt::format("Your memories stay in {}; `rm -r` that folder to lose them.",
                         places.shown(places.data)));
    return 0;
}

} // namespace mayla::cli
