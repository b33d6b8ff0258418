#include "tools/place.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

namespace mayla::tools {

namespace {

using workspace::Projects;

std::string chosen_folder(const mcp::Caller& caller, Projects::Intent intent) {
    if (!caller.project_dir.empty()) return caller.project_dir;
    if (caller.roots.size() > 1 && intent == Projects::Intent::keep) {
        std::string all;
        for (const std::string& root : caller.roots) all += "\n  " + root;
        throw Error(
            Code::invalid_argument,
            "this session has several roots, and nothing says which one is meant; nothing was changed. "
            "Name it in 'project':" +
                all);
    }
    if (!caller.roots.empty()) return caller.roots.front();
    if (!caller.cwd.empty()) return caller.cwd;
    throw Error(Code::invalid_argument, "this session has no directory that can be told (its path is not "
                                        "UTF-8, perhaps); name the project in 'project' (an absolute "
                                        "path, or the name of a known project)");
}

} // namespace

std::string Place::root() const { return shown_line(identity ? identity->root.path : named->path); }

Place place_of(Services& services, const mcp::Call& call, const std::optional<std::string>& project,
               Projects::Intent intent) {
    if (project && !project->starts_with('/')) {
        auto lease = services.memory.lease(call.deadline, &call.cancelled);
        return Place{std::nullopt, Projects::named(lease, *project)};
    }
    const std::string folder = project ? *project : chosen_folder(*call.caller, intent);
    const workspace::Root root = workspace::root_of(folder, services.home);
    return Place{services.projects.identify(root, intent, call.deadline), std::nullopt};
}

std::vector<std::int64_t> searched_projects(const Place& place, store::Snapshot& snapshot) {
    if (place.named) return {place.named->id};
    const workspace::Match match = Projects::find(*place.identity, snapshot);
    std::vector<std::int64_t> ids;
    if (match.project) ids.push_back(match.project->id);
    for (const workspace::Project& parent : match.parents) ids.push_back(parent.id);
    return ids;
}

workspace::Project written_project(const Place& place, store::Transaction& transaction) {
    return place.named ? *place.named : Projects::resolve(*place.identity, transaction);
}

} // namespace mayla::tools
