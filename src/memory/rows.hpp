#pragma once

#include "memory/memory.hpp"
#include "memory/service.hpp"
#include "store/database.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the parts of this room share: rows to memories, conditions for searches.
namespace mayla::memory {

/// A memory as it is stored, whatever its state; none when there is no such id.
std::optional<Memory> load(store::Snapshot& snapshot, Id id);

/// Throws Error{not_found} for the ids that are unknown, and says what there is.
[[noreturn]] void refuse_unknown(store::Snapshot& snapshot, const std::vector<Id>& unknown);

/// One line each, as tags and anchors are stored.
std::string lines_of(const std::vector<std::string>& parts);

/// Conditions on `memories AS m`, and what they are about.
class Condition {
public:
    /// Adds `sql`, which holds one `?` for each of `values`.
    void add(std::string_view sql, std::vector<std::string> texts = {});
    void add(std::string_view sql, std::vector<std::int64_t> integers);

    void in_scope(const Scope& scope);
    void of_kind(const std::string& kind);
    void with_tags(const std::vector<std::string>& tags);
    /// Neither forgotten nor superseded by a memory that is live.
    void current();

    /// " AND a AND b", ready to follow another condition.
    const std::string& sql() const noexcept { return sql_; }
    /// Binds all values from `first` on. Returns the next free index.
    int bind(store::Statement& statement, int first) const;

private:
    using Value = std::variant<std::int64_t, std::string>;
    std::string sql_;
    std::vector<Value> values_;
};

} // namespace mayla::memory
