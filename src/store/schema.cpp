#include "store/schema.hpp"

#include "base/fd.hpp"
#include "base/paths.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace mayla::store {

namespace {

/// "Mayl": marks a database as one of ours (sqlite.org/fileformat2.html, offset 68).
constexpr std::int64_t application = 0x4d61796c;

std::int64_t pragma(Database& database, std::string_view name) {
    Statement query = database.prepare(name);
    query.step();
    return query.integer(0);
}

/// The refusals that leave the file untouched.
void require_ours(Database& database, const Definition& definition, std::int64_t version) {
    const bool named = pragma(database, "PRAGMA application_id") == application;
    const bool empty = pragma(database, "SELECT count(*) FROM sqlite_schema") == 0;
    if (!named && !empty)
        throw Error(Code::unavailable, definition.path +
                                           " is a database of another program. It is left as it is; "
                                           "move it away to start with an empty one.");
    if (version > definition.version())
        throw Error(
            Code::unavailable,
            definition.path + " was written by a newer May-la: its schema is version " +
                std::to_string(version) + ", this one knows " + std::to_string(definition.version()) +
                ". It is left as it is. Install the newer version again, or move the file away to start "
                "with an empty one.");
}

void sync(const std::string& path, int flags) {
    const OwnedFd fd = OwnedFd::adopt(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0)
        throw system_error(Code::unavailable, "writing " + path + " to the disk", errno);
}

/// A whole copy beside the database, on the disk before anything is changed.
void back_up(Database& database, const std::string& target) {
    const std::string unfinished = target + ".part";
    ::unlink(unfinished.c_str());
    database.prepare("VACUUM INTO ?1").bind(unfinished).run();
    sync(unfinished, O_RDWR);
    if (::rename(unfinished.c_str(), target.c_str()) != 0)
        throw system_error(Code::unavailable, "naming the backup " + target, errno);
    sync(parent_folder(target), O_RDONLY | O_DIRECTORY);
}

/// Takes back what a failed migration began.
class Upgrade {
public:
    explicit Upgrade(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
    Upgrade(const Upgrade&) = delete;
    Upgrade& operator=(const Upgrade&) = delete;
    ~Upgrade() { database_.end_transaction(); }
    void commit() { database_.execute("COMMIT"); }

private:
    Database& database_;
};

} // namespace

void migrate(Database& database, const Definition& definition) {
    // until it is known to be ours, not even closing may change it
    database.leave_wal_on_close(true);
    const std::int64_t version = database.user_version();
    require_ours(database, definition, version);
    database.leave_wal_on_close(false);

    database.execute("PRAGMA journal_mode = WAL");
    if (version == definition.version()) return;
    if (version > 0) back_up(database, definition.path + ".before-" + std::to_string(definition.version()));
    Upgrade upgrade(database);
    for (auto step = static_cast<std::size_t>(version); step < definition.migrations.size(); ++step)
        for (const std::string_view sql : definition.migrations[step]) database.execute(sql);
    database.execute("PRAGMA application_id = " + std::to_string(application) +
                     "; PRAGMA user_version = " + std::to_string(definition.version()));
    upgrade.commit();
}

void require_version(Database& database, const Definition& definition) {
    const std::int64_t version = database.user_version();
    require_ours(database, definition, version);
    if (version < definition.version())
        throw Error(Code::unavailable, definition.path + " is at version " + std::to_string(version) +
                                           " of its schema and has not been "
                                           "brought to version " +
                                           std::to_string(definition.version()) + " yet.");
}

} // namespace mayla::store
