#pragma once

#include "mcp/arguments.hpp"
#include "tools/services.hpp"

/// The methods that `mayla` calls. They answer with JSON; src/README.md has them in its wire section.
namespace mayla::tools {

struct StatusArguments {
    template <class V>
    void fields(V&) {}
};

struct RowsArguments {
    std::vector<std::string> ids, tags;
    std::optional<std::string> project, scope, kind, after;
    std::optional<bool> deleted;
    std::optional<std::int64_t> limit;

    template <class V>
    void fields(V& v) {
        v.optional("ids", ids, "");
        v.optional("project", project, "");
        v.optional("scope", scope, "", {"project", "user", "all"});
        v.optional("kind", kind, "");
        v.optional("tags", tags, "");
        v.optional("deleted", deleted, "forgotten ones too");
        v.optional("after", after, "`next` of the page before");
        v.optional("limit", limit, "");
    }
};

struct DrainArguments {
    template <class V>
    void fields(V&) {}
};

mcp::Outcome status(Services&, const mcp::Call&, const StatusArguments&);
mcp::Outcome memory_rows(Services&, const mcp::Call&, const RowsArguments&);
mcp::Outcome drain(Services&, const mcp::Call&, const DrainArguments&);

} // namespace mayla::tools
