#include "base/error.hpp"
#include "memory/service.hpp"
#include "tools/answer.hpp"
#include "tools/memory_tools.hpp"
#include "tools/place.hpp"

#include <algorithm>

namespace mayla::tools {

namespace {

memory::Author author_of(const mcp::Call& call) {
    const mcp::Caller& caller = *call.caller;
    return {caller.link, static_cast<std::int64_t>(call.seq),
            caller.claude_session.empty() ? caller.role : caller.claude_session};
}

std::string done(const memory::Remembered& remembered) {
    using Outcome = memory::Remembered::Outcome;
    const std::string id = shown(remembered.id);
    switch (remembered.outcome) {
    case Outcome::created:
        return "remembered " + id;
    case Outcome::revised:
        return "revised " + id + ", now rev " + std::to_string(remembered.rev);
    case Outcome::already_there:
        return id + " says this already; nothing was written";
    }
    return id;
}

/// Throws Error{conflict}, which undoes the call, when a memory belongs to another project than the one that
/// was named.
void require_within(const Place& place, const std::vector<memory::Memory>& memories,
                    store::Snapshot& snapshot) {
    const std::vector<std::int64_t> projects = searched_projects(place, snapshot);
    for (const memory::Memory& memory : memories)
        if (!memory.project || std::find(projects.begin(), projects.end(), *memory.project) == projects.end())
            throw Error(Code::conflict, shown(memory.id) + " does not belong to project " + place.root() +
                                            " but to " +
                                            (memory.project ? memory.project_name : "the user scope") +
                                            "; nothing was forgotten. Leave 'project' out if it is meant");
}

} // namespace

mcp::Outcome remember(Services& services, const mcp::Call& call, const RememberArguments& arguments) {
    memory::Draft draft;
    draft.text = arguments.text;
    draft.kind = arguments.kind;
    draft.title = arguments.title;
    draft.tags = arguments.tags;
    draft.anchors = arguments.anchors;
    draft.supersedes = memory::parse_ids(arguments.supersedes);
    if (arguments.id) draft.id = memory::parse_id(*arguments.id);
    draft.rev = arguments.rev;
    draft.move = arguments.scope.has_value() || arguments.project.has_value();
    if (draft.rev && !draft.id)
        throw Error(Code::invalid_argument, "remember: 'rev' goes with 'id', the memory to revise");

    // A revision stays where it is unless it is told to move; where its writer works does not matter then.
    const bool placed = !draft.id || draft.move;
    std::optional<Place> place;
    if (placed && arguments.scope != "user")
        place = place_of(services, call, arguments.project, workspace::Projects::Intent::keep);
    return mcp::Effect([draft = std::move(draft), place = std::move(place), placed,
                        author = author_of(call)](store::Transaction& transaction) mutable {
        std::string where = placed ? " (user scope)" : "";
        if (place) {
            const workspace::Project project = written_project(*place, transaction);
            draft.project = project.id;
            where = " (project " + project.name + ", root " + place->root() + ")";
        }
        const memory::Remembered remembered = memory::remember(transaction, draft, author);
        return mcp::Reply{done(remembered) + where, false, remembered.undo_id};
    });
}

mcp::Outcome forget(Services& services, const mcp::Call& call, const ForgetArguments& arguments) {
    std::optional<Place> place; // only when named: a check that the ids are what the caller takes them for
    if (arguments.project)
        place = place_of(services, call, arguments.project, workspace::Projects::Intent::look);
    return mcp::Effect([ids = memory::parse_ids(arguments.ids), reason = arguments.reason.value_or(""),
                        place = std::move(place), author = author_of(call)](store::Transaction& transaction) {
        const memory::Forgotten forgotten = memory::forget(transaction, ids, reason, author);
        if (place) require_within(*place, forgotten.memories, transaction);
        std::string text = "forgot " + memories(forgotten.memories.size()) + ":\n";
        for (const memory::Memory& memory : forgotten.memories) text += memory_row(quoted(memory), true);
        return mcp::Reply{text, false, forgotten.undo_id};
    });
}

} // namespace mayla::tools
