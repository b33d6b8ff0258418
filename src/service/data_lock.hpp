#pragma once

#include "base/deadline.hpp"
#include "base/fd.hpp"

#include <optional>
#include <string>

namespace mayla::service {

/// The one lock that every daemon holds, however it was started, before it opens a database: two daemons can
/// never work on the same data. flock(2) on `<data folder>/lock`, close-on-exec, never unlinked (unlinking a
/// lock file makes two owners possible). The kernel lets go of it with the process.
class DataLock {
public:
    /// What the file says of its holder; for messages and for asking it to leave.
    struct Holder {
        long pid = 0;
        std::string socket;
    };

    /// Opens the lock file; takes nothing yet. Throws Error{unavailable} if the folder cannot be written.
    explicit DataLock(const std::string& data_folder);

    /// Takes the lock if nobody holds it.
    [[nodiscard]] bool try_take();
    /// Waits for it until the deadline.
    [[nodiscard]] bool take(Deadline);
    /// Whether the path still names the file that is locked: if not, another daemon may hold a lock of the
    /// same name.
    bool in_place() const;
    /// Names us as its holder.
    void sign(const std::string& socket);
    /// Who holds it, as far as the file tells.
    Holder holder() const;

    const std::string& path() const { return path_; }

private:
    std::string path_;
    OwnedFd fd_;
};

} // namespace mayla::service
