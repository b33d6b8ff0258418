#include "tools/people.hpp"

#include "base/error.hpp"
#include "base/protocol.hpp"
#include "memory/service.hpp"
#include "tools/answer.hpp"
#include "tools/place.hpp"

#include <algorithm>
#include <filesystem>

namespace mayla::tools {

namespace {

constexpr std::size_t usual_rows = 200;
constexpr std::size_t most_rows = 1000;

using mcp::Json;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::uintmax_t size_of(const std::string& path) {
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(path, failed);
    return failed ? 0 : size;
}

Json connections(const DaemonStatus& status) {
    Json all = Json::array();
    for (const DaemonStatus::Connection& connection : status.connections)
        all.push_back({{"role", connection.role},
                       {"build", connection.build},
                       {"protocol", connection.protocol},
                       {"cwd", connection.cwd},
                       {"foreign", connection.foreign},
                       {"since_s", connection.since.count()}});
    return all;
}

Json row(const memory::Memory& memory) {
    Json json{{"id", shown(memory.id)},
              {"uid", memory.uid},
              {"rev", memory.rev},
              {"text", memory.text},
              {"title", memory.title},
              {"kind", memory.kind},
              {"status", memory.status},
              {"tags", memory.tags},
              {"anchors", memory.anchors},
              {"scope", memory.project ? "project" : "user"},
              {"project", memory.project ? Json(memory.project_uuid) : Json(nullptr)},
              {"project_name", memory.project ? Json(memory.project_name) : Json(nullptr)},
              {"created", timestamp(memory.created_ms)},
              {"updated", timestamp(memory.updated_ms)},
              {"session", memory.session}};
    for (const memory::Id older : memory.supersedes) json["supersedes"].push_back(shown(older));
    for (const memory::Id newer : memory.superseded_by) json["superseded_by"].push_back(shown(newer));
    if (memory.forgotten_ms) {
        json["forgotten"] = timestamp(*memory.forgotten_ms);
        json["forgotten_why"] = memory.forgotten_why;
    }
    return json;
}

memory::Scope scope_of(Services& services, const mcp::Call& call, const RowsArguments& arguments) {
    memory::Scope scope;
    scope.everything = arguments.scope == "all";
    scope.user = arguments.scope != "project" && !arguments.project;
    if (scope.everything || arguments.scope == "user") return scope;
    const Place place = place_of(services, call, arguments.project, workspace::Projects::Intent::look);
    auto lease = services.memory.lease(call.deadline, &call.cancelled);
    scope.projects = searched_projects(place, lease);
    return scope;
}

} // namespace

mcp::Outcome status(Services& services, const mcp::Call& call, const StatusArguments&) {
    const DaemonStatus status = services.status();
    Json database{{"name", "memory"},
                  {"path", status.database},
                  {"bytes", size_of(status.database)},
                  {"wal_bytes", size_of(status.database + "-wal")},
                  {"state", status.database_failure.empty() ? "open" : "unavailable"}};
    Json json{{"version", protocol::build()},
              {"build", protocol::build()},
              {"protocol", protocol::wire},
              {"pid", status.pid},
              {"daemon", status.daemon},
              {"uptime_s", status.uptime.count()},
              {"mode", status.mode},
              {"socket", status.socket},
              {"executable", status.executable},
              {"log", status.log},
              {"config", status.config},
              {"connections", connections(status)},
              {"calls_running",
               status.calls_running - std::min<std::size_t>(status.calls_running, 1)}}; // without this one
    if (status.database_failure.empty()) {
        auto lease = services.memory.lease(call.deadline, &call.cancelled);
        const memory::Statistics statistics = memory::statistics(lease);
        json["memories"] = statistics.live;
        json["forgotten"] = statistics.forgotten;
        json["projects"] = statistics.projects;
    } else {
        database["reason"] = status.database_failure;
    }
    json["databases"] = Json::array({database});
    return mcp::Reply{dumped(json), false, {}};
}

mcp::Outcome memory_rows(Services& services, const mcp::Call& call, const RowsArguments& arguments) {
    Json rows = Json::array();
    if (!arguments.ids.empty()) {
        auto lease = services.memory.lease(call.deadline, &call.cancelled);
        for (const memory::Memory& memory : memory::by_ids(lease, memory::parse_ids(arguments.ids)))
            rows.push_back(row(memory));
        return mcp::Reply{dumped({{"rows", rows}}), false, {}};
    }
    memory::RowsQuery query;
    query.scope = scope_of(services, call, arguments);
    query.kind = arguments.kind.value_or("");
    query.tags = arguments.tags;
    query.with_forgotten = arguments.deleted.value_or(false);
    if (arguments.after) query.after = memory::parse_id(*arguments.after);
    query.limit = row_limit(arguments.limit, usual_rows, most_rows);
    auto lease = services.memory.lease(call.deadline, &call.cancelled);
    const std::vector<memory::Memory> page = memory::rows(lease, query);
    for (const memory::Memory& memory : page) rows.push_back(row(memory));
    Json json{{"rows", rows}};
    // A page may end early for its size: only an empty one is the end.
    if (!page.empty()) json["next"] = shown(page.back().id);
    return mcp::Reply{dumped(json), false, {}};
}

mcp::Outcome drain(Services& services, const mcp::Call&, const DrainArguments&) {
    services.drain();
    return mcp::Reply{R"({"draining":true})", false, {}};
}

} // namespace mayla::tools
