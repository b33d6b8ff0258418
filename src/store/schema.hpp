#pragma once

#include "store/database.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mayla::store {

/// One step of a schema: the statements that lead from the version before to this one.
using Migration = std::vector<std::string_view>;

/// What one database file is: where it lies and the steps of its schema. The number of steps is its version
/// (`PRAGMA user_version`). Steps are only ever appended.
struct Definition {
    std::string path;
    std::vector<Migration> migrations;

    std::int64_t version() const noexcept { return static_cast<std::int64_t>(migrations.size()); }
};

/// Brings a freshly opened, writable database to the version of its definition, in one transaction and after
/// a backup beside it (`<path>.before-<version>`) when it held an older one. Throws Error{unavailable} and
/// leaves the file as it is when it is from the future or not one of ours.
void migrate(Database& database, const Definition& definition);

/// Refuses a database of any other version. For readers, which cannot migrate. Throws Error{unavailable}.
void require_version(Database& database, const Definition& definition);

} // namespace mayla::store
