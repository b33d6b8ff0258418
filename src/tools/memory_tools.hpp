#pragma once

#include "mcp/arguments.hpp"
#include "tools/services.hpp"

namespace mayla::tools {

struct RecallArguments {
    std::optional<std::string> q;
    std::vector<std::string> ids;
    std::optional<std::string> around, scope, kind, project, cursor;
    std::vector<std::string> tags;
    std::optional<std::int64_t> limit, budget;

    template <class V>
    void fields(V& v) {
        v.optional("q", q, "words to look for, in any form: names, code, whole sentences");
        v.optional("ids", ids, "memories to read in full, e.g. \"#12\"");
        v.optional("around", around, "id: what was remembered before and after it");
        v.optional("scope", scope, "default: this project's and the user's", {"project", "user", "all"});
        v.optional("kind", kind, "");
        v.optional("tags", tags, "all of them");
        v.optional("project", project, "");
        v.optional("limit", limit, "");
        v.optional("cursor", cursor, "");
        v.optional("budget", budget, "");
    }
};

struct RememberArguments {
    std::string text;
    std::optional<std::string> kind, title, scope, id, project;
    std::optional<std::vector<std::string>> tags, anchors;
    std::vector<std::string> supersedes;
    std::optional<std::int64_t> rev;

    template <class V>
    void fields(V& v) {
        v.required("text", text, "what to keep, as one self-contained note");
        v.optional("kind", kind, "fact, decision, gotcha, todo, note (default) or your own word");
        v.optional("title", title, "one line");
        v.optional("tags", tags, "");
        v.optional("anchors", anchors, "files or symbols it is about");
        v.optional("scope", scope, "user: it holds in every project", {"project", "user"});
        v.optional("supersedes", supersedes, "ids that this one replaces");
        v.optional("id", id, "revise this memory instead of adding one");
        v.optional("rev", rev, "with id: the revision you have read");
        v.optional("project", project, "");
    }
};

struct ForgetArguments {
    std::vector<std::string> ids;
    std::optional<std::string> reason, project;

    template <class V>
    void fields(V& v) {
        v.required("ids", ids, "memories to forget, e.g. \"#12\"");
        v.optional("reason", reason, "kept with them");
        v.optional("project", project, "");
    }
};

mcp::Outcome recall(Services&, const mcp::Call&, const RecallArguments&);
mcp::Outcome remember(Services&, const mcp::Call&, const RememberArguments&);
mcp::Outcome forget(Services&, const mcp::Call&, const ForgetArguments&);

} // namespace mayla::tools
