#include "workspace/projects.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "workspace/match.hpp"
#include "workspace/origin.hpp"

#include <algorithm>
#include <string_view>

namespace mayla::workspace {

namespace {

Project read_project(const store::Statement& row) {
    return {row.integer(0), std::string(row.text(1)), std::string(row.text(2)), std::string(row.text(3))};
}

std::optional<Project> by_alias(store::Snapshot& snapshot, std::string_view kind, std::string_view value,
                                std::string* state = nullptr) {
    store::Statement query = snapshot.prepare("SELECT p.id, p.uuid, p.name, p.path, a.state"
                                              " FROM aliases a JOIN projects p ON p.id = a.project"
                                              " WHERE a.kind = ?1 AND a.value = ?2");
    query.bind(kind, value);
    if (!query.step()) return std::nullopt;
    if (state != nullptr) *state = query.text(4);
    return read_project(query);
}

bool has_history(store::Snapshot& snapshot, const Project& project) {
    store::Statement query =
        snapshot.prepare("SELECT 1 FROM aliases WHERE project = ?1 AND kind = 'history' LIMIT 1");
    query.bind(project.id);
    return query.step();
}

/// Whether the project has a history, and none of its root commits are the identity's. Origins do not count.
bool contradicts(store::Snapshot& snapshot, const Project& project, const Identity& identity) {
    if (identity.root_commits.empty() || !has_history(snapshot, project)) return false;
    return std::none_of(
        identity.root_commits.begin(), identity.root_commits.end(), [&](const std::string& commit) {
            store::Statement one =
                snapshot.prepare("SELECT 1 FROM aliases WHERE project = ?1 AND kind = 'history'"
                                 " AND value >= ?2 || ' ' AND value < ?2 || '!' LIMIT 1");
            one.bind(project.id, commit);
            return one.step();
        });
}

std::string last_part(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

/// What people call it: by its origin, else by the folder of its main work tree.
std::string display_name(const Identity& identity) {
    if (!identity.origin.empty() && identity.origin.back() != '/') return origin_name(identity.origin);
    std::string_view folder = identity.linked ? std::string_view(identity.common_dir) : identity.root.path;
    if (folder.ends_with("/.git")) folder.remove_suffix(5);
    const std::string name = last_part(folder);
    return name.empty() ? "/" : name;
}

void add_alias(store::Transaction& transaction, const Project& project, std::string_view kind,
               std::string_view value) {
    transaction
        .prepare("INSERT INTO aliases (kind, value, project, created) VALUES (?1, ?2, ?3, ?4)"
                 " ON CONFLICT (kind, value) DO NOTHING")
        .bind(kind, value, project.id, transaction.now_ms())
        .run();
}

void add_aliases(store::Transaction& transaction, const Project& project, const Identity& identity) {
    if (!identity.marked.empty()) add_alias(transaction, project, "uuid", identity.marked);
    if (!identity.linked) add_alias(transaction, project, "path", identity.root.path);
    if (identity.common_dir.empty()) return;
    const std::string git_dir = git_dir_alias(identity);
    add_alias(transaction, project, "git_dir", git_dir);
    for (const std::string& commit : identity.root_commits)
        add_alias(transaction, project, "history", history_alias(commit, identity));
    if (identity.history_read)
        transaction
            .prepare("UPDATE aliases SET state = ?2 WHERE kind = 'git_dir' AND value = ?1 AND state <> ?2")
            .bind(git_dir, identity.state)
            .run();
}

Project create(store::Transaction& transaction, const Identity& identity) {
    Project project;
    project.uuid = identity.marked.empty() ? random_uuid() : identity.marked;
    project.name = shown_line(display_name(identity));
    project.path = identity.root.path;
    transaction.prepare("INSERT INTO projects (uuid, name, path, created) VALUES (?1, ?2, ?3, ?4)")
        .bind(project.uuid, project.name, project.path, transaction.now_ms())
        .run();
    project.id = transaction.last_id();
    add_alias(transaction, project, "uuid", project.uuid);
    return project;
}

std::vector<Project> read_projects(store::Statement query) {
    std::vector<Project> out;
    while (query.step()) out.push_back(read_project(query));
    return out;
}

/// `condition` is about ?1.
std::vector<Project> all_where(store::Snapshot& snapshot, const std::string& condition,
                               std::string_view value) {
    store::Statement query = snapshot.prepare("SELECT id, uuid, name, path FROM projects WHERE " + condition);
    query.bind(value);
    return read_projects(std::move(query));
}

} // namespace

std::string git_dir_alias(const Identity& identity) {
    return identity.common_dir + "\n" + std::to_string(identity.inode);
}

std::string history_alias(const std::string& commit, const Identity& identity) {
    return commit + " " + identity.origin;
}

std::optional<Matched> match(const Identity& identity, store::Snapshot& snapshot) {
    if (!identity.common_dir.empty()) {
        std::string state;
        const std::optional<Project> by_dir = by_alias(snapshot, "git_dir", git_dir_alias(identity), &state);
        const bool known = by_dir && state == identity.state;
        if (!identity.marked.empty())
            if (auto project = by_alias(snapshot, "uuid", identity.marked))
                return Matched{*project, true, known};
        // Inodes are used again: without a marker the history may say that this is another repository.
        if (by_dir && !contradicts(snapshot, *by_dir, identity))
            return Matched{*by_dir, !identity.marked.empty(), known};
    }
    for (const std::string& commit : identity.root_commits)
        if (auto project = by_alias(snapshot, "history", history_alias(commit, identity)))
            return Matched{*project};
    if (identity.linked) return std::nullopt;
    const std::optional<Project> by_path = by_alias(snapshot, "path", identity.root.path);
    // Another repository that took the place of one we know: its history says so.
    if (!by_path || (!identity.root_commits.empty() && has_history(snapshot, *by_path))) return std::nullopt;
    return Matched{*by_path};
}

Match Projects::find(const Identity& identity, store::Snapshot& snapshot) {
    Match out;
    if (auto found = match(identity, snapshot)) out.project = std::move(found->project);
    for (const Identity* parent = identity.parent.get(); parent != nullptr; parent = parent->parent.get())
        if (auto found = match(*parent, snapshot)) out.parents.push_back(std::move(found->project));
    return out;
}

Project Projects::resolve(const Identity& identity, store::Transaction& transaction) {
    std::optional<Matched> found = match(identity, transaction);
    Project project = found ? std::move(found->project) : create(transaction, identity);
    add_aliases(transaction, project, identity);
    if (identity.moved && !identity.linked && project.path != identity.root.path) {
        project.path = identity.root.path;
        transaction.prepare("UPDATE projects SET path = ?2 WHERE id = ?1")
            .bind(project.id, project.path)
            .run();
    }
    return project;
}

std::vector<Project> Projects::list(store::Snapshot& snapshot) {
    return read_projects(
        snapshot.prepare("SELECT id, uuid, name, path FROM projects ORDER BY name COLLATE NOCASE, id"));
}

Project Projects::named(store::Snapshot& snapshot, std::string_view text) {
    if (auto by_uuid = by_alias(snapshot, "uuid", ascii_lower(text))) return *by_uuid;
    if (text.starts_with('/')) {
        std::string_view path = text;
        while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
        if (auto by_path = by_alias(snapshot, "path", path)) return *by_path;
        const std::vector<Project> there = all_where(snapshot, "path = ?1", path);
        if (there.size() == 1) return there.front();
    }
    std::vector<Project> called = all_where(snapshot, "name = ?1", text);
    if (called.empty()) called = all_where(snapshot, "name = ?1 COLLATE NOCASE", text);
    if (called.size() == 1) return called.front();
    if (called.size() > 1) {
        std::string message = std::to_string(called.size()) + " projects are called '" + shown_line(text) +
                              "'; name one by its path or uuid:";
        for (const Project& project : called)
            message += "\n  " + shown_line(project.path) + "  " + project.uuid;
        throw Error(Code::conflict, message);
    }
    const std::vector<Project> all = list(snapshot);
    std::vector<std::string_view> names;
    for (const Project& project : all) names.emplace_back(project.name);
    const auto near = nearest(text, names);
    throw Error(Code::not_found, "there is no project '" + shown_line(text) + "'" +
                                     (near ? "; did you mean '" + std::string(*near) + "'?"
                                           : ". A project is known once something was remembered in it."));
}

} // namespace mayla::workspace
