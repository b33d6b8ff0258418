#pragma once

#include "base/error.hpp"
#include "memory/service.hpp"

#include "support/catch.hpp"
#include "support/folder.hpp"

#include <string>
#include <vector>

namespace mayla::tests {

/// A memory.db with two projects, on one connection without a writer.
class Memories {
public:
    Memories() {
        store::migrate(database, definition);
        database.execute("PRAGMA synchronous = OFF;"
                         "INSERT INTO projects (uuid, name, path, created) VALUES ('u1', 'one', '/one', 0), "
                         "('u2', 'two', '/two', 0)");
    }

    memory::Remembered remember(const memory::Draft& draft) { return memory::remember(at, draft, author); }
    /// A note in project 1.
    memory::Id note(const std::string& text, std::vector<std::string> tags = {},
                    const std::string& title = "") {
        memory::Draft draft{.text = text, .project = 1};
        draft.tags = std::move(tags);
        draft.title = title;
        return remember(draft).id;
    }
    void forget(const std::vector<memory::Id>& ids, const std::string& why = "") {
        memory::forget(at, ids, why, author);
    }
    memory::Page recall(const std::string& text, std::size_t limit = 20) {
        return memory::recall(at, {.text = text, .scope = {.projects = {1}}, .limit = limit});
    }
    /// The ids that a search in project 1 finds, in order.
    std::vector<std::int64_t> found(const std::string& text) {
        std::vector<std::int64_t> out;
        for (const memory::Memory& memory : recall(text).rows) out.push_back(memory.id.value);
        return out;
    }
    memory::Memory get(memory::Id id) { return memory::by_ids(at, std::vector{id}).at(0); }

    template <class Action>
    Error error(Action action) {
        try {
            action();
        } catch (const Error& e) {
            return e;
        }
        FAIL("no error");
        return Error(Code::internal, "");
    }

    Folder folder;
    store::Definition definition = memory::database(folder / "memory.db");
    store::Database database{definition.path, store::Database::Access::read_write};
    store::Transaction at{database, 1'000};
    memory::Author author{"5d1b3b32-0f0c-4b8e-9a55-3e7b8f9a1c2d", 7, "session-1"};
};

inline bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}
using Found = std::vector<std::int64_t>;

} // namespace mayla::tests
