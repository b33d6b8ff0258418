#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/paths.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "workspace/git_dir.hpp"
#include "workspace/match.hpp"
#include "workspace/origin.hpp"
#include "workspace/projects.hpp"
#include "workspace/root.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

// identify() asks the cheap witnesses first: files, then the database, and git only when these two do not
// settle it. What git said is kept in the alias of the git directory (across daemons) and in histories_ (for
// repositories that nothing is stored for, and where git could not answer).

namespace mayla::workspace {

namespace {

/// Roots that are kept of a history; octopus imports have hundreds.
constexpr std::size_t most_root_commits = 16;
/// Repositories whose history is remembered.
constexpr std::size_t most_histories = 1024;

std::string marker_path(const std::string& common_dir) { return common_dir + "/mayla-project"; }

/// The uuid in the marker; empty when there is no marker or it holds something else.
std::string read_marker(const std::string& common_dir) {
    const std::optional<std::string> text = read_small(marker_path(common_dir), 4096);
    if (!text) return {};
    const std::string uuid = ascii_lower(trimmed(*text));
    return is_uuid(uuid) ? uuid : std::string();
}

/// Writes the marker unless somebody was faster; what then stands there. A repository that cannot be written
/// is found by its other aliases.
std::string write_marker(const std::string& common_dir, const std::string& uuid) {
    const std::string target = marker_path(common_dir);
    const std::string unfinished = target + "." + random_uuid();
    {
        const OwnedFd fd =
            OwnedFd::adopt(::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (!fd) return {};
        const std::string line = uuid + "\n";
        const bool written =
            ::write(fd.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
            ::fsync(fd.get()) == 0;
        // link(2) is atomic and never replaces; file systems without links have the rename
        const bool linked = written && ::link(unfinished.c_str(), target.c_str()) == 0;
        if (written && !linked && errno != EEXIST) ::rename(unfinished.c_str(), target.c_str());
    }
    ::unlink(unfinished.c_str());
    return read_marker(common_dir);
}

/// Whether a git directory belongs to a submodule of the repository `super`, checked out at `path` below
/// `top`.
bool is_submodule_of(const GitDir& super, const std::string& top, const GitDir& git,
                     const std::string& path) {
    return git.common_dir.starts_with(super.common_dir + "/") ||
           names_submodule(top, path.substr(top.size() + 1));
}

/// The root of the superproject; none when this is no submodule. $HOME is nobody's superproject.
std::optional<Root> superproject(const Root& root) {
    const auto git = git_at(root.path);
    if (!git) return std::nullopt;
    Root above = root_of(parent_folder(root.path));
    const auto super = above.kind == Root::Kind::git ? git_at(above.path) : std::nullopt;
    if (!super || !is_submodule_of(*super, above.path, *git, root.path)) return std::nullopt;
    return above;
}

/// Changes when a file is replaced or written.
std::string stamp(const std::string& path) {
    std::error_code failed;
    const auto written = std::filesystem::last_write_time(path, failed);
    if (failed) return {};
    // libc++ counts in 128 bits, for which there is no to_string.
    return std::to_string(static_cast<long long>(written.time_since_epoch().count()));
}

/// All that files say.
Identity read_files(const Root& root) {
    Identity identity;
    identity.root = root;
    if (root.kind != Root::Kind::git) return identity;
    auto git = git_at(root.path);
    if (!git) git = bare_at(root.path);
    struct stat status {};
    if (!git || ::stat(git->common_dir.c_str(), &status) != 0)
        return identity; // gone since the root was found
    identity.common_dir = git->common_dir;
    identity.inode = static_cast<std::uint64_t>(status.st_ino);
    identity.linked = git->linked();
    identity.marked = read_marker(git->common_dir);
    identity.origin = normalised_origin(origin_url(*git), root.path);
    const bool readable = has_commits(*git) && !is_shallow(*git);
    identity.state = (readable ? "history " : "none ") + identity.origin;
    identity.stamp = stamp(git->common_dir + "/config");
    identity.history_read = !readable; // there is nothing to read
    return identity;
}

bool gone(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::vector<std::string> lines(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end > 0) out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// git for reading only: no hooks, no file system monitor, no locks, no questions, no network, and no
/// variable that leads it to another repository.
Command git_command(const std::string& folder, std::vector<std::string> arguments, Deadline deadline) {
    Command command;
    command.argv = {"git",
                    "-C",
                    folder,
                    "-c",
                    "core.fsmonitor=false",
                    "-c",
                    "core.hooksPath=/dev/null",
                    "-c",
                    "protocol.allow=never",
                    "--no-replace-objects"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = {"GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1",
                           "LC_ALL=C"};
    for (const char* variable :
         {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
          "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_CONFIG",
          "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_TRACE"})
        command.environment.emplace_back(variable);
    // Half of what the call has left: when a long history cannot be read in it, the rest must do for an
    // answer.
    command.deadline = Deadline::in(std::min(limits::git_command, deadline.left() / 2));
    return command;
}

/// The commits without parents that HEAD leads back to; none when git cannot say.
std::optional<std::vector<std::string>> ask_root_commits(const std::string& folder, Deadline deadline) {
    try {
        const Finished git =
            run(git_command(folder, {"rev-list", "--max-parents=0", "HEAD", "--"}, deadline));
        if (git.status != 0) return std::nullopt;
        std::vector<std::string> commits = lines(git.out);
        std::sort(commits.begin(), commits.end());
        commits.resize(std::min(commits.size(), most_root_commits));
        return commits;
    } catch (const Error&) { // no git here, or too slow: the other aliases have to do
        return std::nullopt;
    }
}

} // namespace

void Projects::read_history(Identity& identity, Deadline deadline) {
    if (identity.history_read || identity.common_dir.empty()) return;
    const std::string state = identity.state + "\n" + identity.stamp;
    History history;
    {
        auto histories = histories_.lock();
        const auto known = histories->find(identity.common_dir);
        if (known != histories->end() && known->second.state == state) history = known->second;
    }
    if (history.state != state) {
        const auto commits = ask_root_commits(identity.root.path, deadline);
        history = {state, commits.value_or(std::vector<std::string>()), commits.has_value()};
        auto histories = histories_.lock();
        if (histories->size() >= most_histories) histories->clear();
        (*histories)[identity.common_dir] = history;
    }
    identity.root_commits = history.root_commits;
    identity.history_read = history.read;
}

Identity Projects::identify(const Root& root, Intent intent, Deadline deadline) {
    Identity identity = read_files(root);
    const auto look = [&] {
        store::Lease lease = readers_.lease(deadline);
        return match(identity, lease);
    };
    std::optional<Matched> found = look();
    const bool settled = found && found->sure && (intent == Intent::look || found->history_known);
    if (!settled && !identity.common_dir.empty()) {
        read_history(identity, deadline);
        if (!found || !found->sure) found = look();
    }
    if (intent == Intent::keep && !identity.common_dir.empty() && identity.marked.empty())
        identity.marked = write_marker(identity.common_dir, found ? found->project.uuid : random_uuid());
    identity.moved = found && found->project.path != root.path && gone(found->project.path);

    if (!identity.common_dir.empty())
        if (const auto above = superproject(root)) // each is above the one before: this ends
            identity.parent = std::make_shared<const Identity>(identify(*above, Intent::look, deadline));
    return identity;
}

} // namespace mayla::workspace
