#pragma once

#include "base/sync.hpp"
#include "store/database.hpp"
#include "store/readers.hpp"
#include "workspace/root.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mayla::workspace {

/// What memories belong to. `id` is the row in this database, `uuid` the name for ever.
struct Project {
    std::int64_t id = 0;
    std::string uuid;
    std::string name; ///< for people: the repository's name at its origin, else the folder's; not unique
    std::string path; ///< a root it was last seen at
};

/// All that a root shows of the project it belongs to. A value; made by Projects::identify.
struct Identity {
    Root root;
    std::string common_dir;  ///< the git directory shared by all worktrees; empty without git
    std::uint64_t inode = 0; ///< of common_dir
    bool linked = false;     ///< a linked worktree: its path says nothing of the project
    std::string marked;      ///< uuid in <common_dir>/mayla-project; empty when there is none
    std::string origin;      ///< normalised URL of the remote `origin`, without credentials; may be empty
    /// Root commits of HEAD; empty when not needed, not to be had, or not to be trusted (a shallow clone).
    std::vector<std::string> root_commits;
    std::string state;         ///< what the history depends on; compared, never read
    std::string stamp;         ///< of the repository's config file: tells it from one that took its place
    bool history_read = false; ///< root_commits is the whole truth for this state
    bool moved = false;        ///< the project was found, and the path it was last seen at is gone
    std::shared_ptr<const Identity> parent; ///< the superproject of a submodule
};

/// A project and those around it, nearest first, whose memories a search in it covers too.
struct Match {
    std::optional<Project> project; ///< none: nothing was ever remembered here
    std::vector<Project> parents;
};

/// Finds the project of a root by its aliases (DESIGN 6): uuid file, git directory and inode, root commits
/// and origin, path; the first match in this order wins. Any thread.
class Projects {
public:
    enum class Intent {
        look, ///< reads; leaves no trace
        keep, ///< something will be stored: the uuid file is written if it can be
    };

    explicit Projects(store::Readers& readers) : readers_(readers) {}

    /// Reads the file system, the database and, only when these do not settle it, git (on the caller's
    /// thread, which must be a worker). In the steady state: a few small reads, no process, no write. Throws
    /// Error: unavailable (database), timed_out.
    Identity identify(const Root& root, Intent intent, Deadline deadline);

    /// The project, if it is known.
    static Match find(const Identity& identity, store::Snapshot& snapshot);

    /// The project, made if it is new; aliases that were missing are added, none is ever changed.
    static Project resolve(const Identity& identity, store::Transaction& transaction);

    /// Every project, by name.
    static std::vector<Project> list(store::Snapshot& snapshot);

    /// The project that a person or model means: uuid, path of a root, or name.
    /// Throws Error: not_found (naming the nearest), conflict (several have the name; lists them).
    static Project named(store::Snapshot& snapshot, std::string_view text);

private:
    /// What git said of a common dir, and the state of its files it was asked in.
    struct History {
        std::string state; ///< and stamp
        std::vector<std::string> root_commits;
        bool read = false;
    };
    void read_history(Identity& identity, Deadline deadline);

    store::Readers& readers_;
    Sync<std::map<std::string, History>> histories_; ///< by common dir
};

/// The schema of projects and aliases, for a Definition.
std::string_view schema_1();

} // namespace mayla::workspace
