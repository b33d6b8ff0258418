#include "cli/status.hpp"

#include "base/error.hpp"
#include "cli/daemon.hpp"

#include <array>
#include <fmt/core.h>

namespace mayla::cli {

namespace {

using nlohmann::json;

std::string how_started(const std::string& mode) {
    if (mode == "systemd" || mode == "launchd") return "started by " + mode;
    return "no service manager: started by a session";
}

void print_databases(const Places& places, Terminal& out, const json& databases) {
    Table table({"DATABASE", "STATE", "SIZE", "WAL", "FILE"});
    std::string troubles;
    for (const auto& database : databases) {
        const std::string state = database.value("state", "");
        table.row({database.value("name", ""), state, size(database.value("bytes", std::int64_t{0})),
                   size(database.value("wal_bytes", std::int64_t{0})),
                   places.shown(database.value("path", ""))});
        if (state != "open") {
            troubles += out.styled(Style::bad, fmt::format("{}: {}", database.value("name", ""),
                                                           database.value("reason", "no reason given"))) +
                        "\n";
        }
    }
    if (!table.empty()) out.print("\n");
    if (!table.empty()) table.print(out);
    out.print(troubles);
}

void print_connections(const Places& places, Terminal& out, const json& connections) {
    Table table({"CONNECTED", "SINCE", "BUILD", "FOLDER"});
    for (const auto& connection : connections) {
        const std::string role = connection.value("role", "");
        table.row({role == "mcp"   ? "session"
                   : role == "cli" ? "mayla"
                                   : role,
                   duration(connection.value("since_s", std::int64_t{0})), connection.value("build", ""),
                   places.shown(connection.value("cwd", ""))});
    }
    if (table.empty()) return;
    out.print("\n");
    table.print(out);
}

void print(const Places& places, Terminal& out, const json& status) {
    const auto line = [&](const char* name, const std::string& value) {
        out.print(fmt::format("{:<10} {}\n", name, value));
    };
    line("mode", how_started(status.value("mode", "")));
    line("daemon", fmt::format("{}, pid {}, up {}, {}", status.value("version", "?"), status.value("pid", 0),
                               duration(status.value("uptime_s", std::int64_t{0})),
                               places.shown(status.value("executable", ""))));
    line("socket", places.shown(status.value("socket", "")));
    line("log", places.shown(status.value("log", "")));
    const auto projects = status.value("projects", std::int64_t{0});
    line("memories", fmt::format("{} in {} {}", status.value("memories", std::int64_t{0}), projects,
                                 projects == 1 ? "project" : "projects"));
    line("calls", fmt::format("{} running", status.value("calls_running", std::int64_t{0})));
    print_databases(places, out, status.value("databases", json::array()));
    print_connections(places, out, status.value("connections", json::array()));
}

} // namespace

std::string duration(std::int64_t seconds) {
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
    return fmt::format("{} days", seconds / 86400);
}

std::string size(std::int64_t bytes) {
    constexpr std::array units = {"B", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    auto amount = static_cast<double>(bytes);
    while (amount >= 1024 && unit + 1 < units.size()) {
        amount /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", amount, unit > 0 && amount < 10 ? 1 : 0, units[unit]);
}

int status(const Places& places, Terminal& out, bool as_json) {
    if (!as_json) {
        rpc::Client client = connect(places);
        print(places, out, client.call("mayla/status", json::object()));
        return 0;
    }
    json answer;
    try {
        rpc::Client client = connect(places);
        answer = client.call("mayla/status", json::object());
        answer["running"] = true;
    } catch (const Error& e) {
        // Whoever asked for JSON gets JSON, also about what is not there.
        answer = {{"running", false}, {"error", e.message()}, {"code", std::string(name(e.code()))}};
    }
    out.print(answer.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
    return answer["running"] == true ? 0 : 1;
}

} // namespace mayla::cli
