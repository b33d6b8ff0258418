#pragma once

#include "base/deadline.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mayla::store {
class Transaction;
}

namespace mayla::mcp {

/// Who calls: what a connection said of itself in its hello. Immutable and shared.
struct Caller {
    std::string link; ///< uuid
    std::string role; ///< "mcp", "hook" or "cli"
    std::string cwd;
    std::string project_dir;
    std::string claude_session;
    std::string mcp_version; ///< agreed on at `initialize`; empty for clients without a handshake
    std::vector<std::string> roots;
    std::optional<std::string> foreign; ///< why the peer may not be served (DESIGN 9)
};

/// (link, seq) names a call for ever; the hash of its method and params tells whether a repeat is the same
/// call.
using CallHash = std::array<unsigned char, 16>;

/// One call on its way through a worker, alive as long as anybody works on it. The loop fills it in before a
/// worker gets it; then the worker sets `deadline`, the loop `cancelled`.
struct Call {
    std::shared_ptr<const Caller> caller;
    std::uint64_t seq = 0;
    int attempt = 1;
    CallHash hash{};
    Deadline deadline = Deadline::never();
    std::atomic<bool> cancelled = false;
};

/// What a call answers. For a tool: one text block. For a method of ours: raw JSON.
struct Reply {
    std::string text;
    bool is_error = false;
    std::string undo_id; ///< of what a write has changed; empty if there is nothing to undo
};

/// What a call that was not begun is told of its effect. A repeat may have had it before.
inline const char* nothing_done(int attempt) {
    return attempt > 1 ? "outcome unknown; check before you repeat it"
                       : "nothing was changed. Repeat it later";
}

/// The part of a call that writes. Runs on the writer's thread in a transaction of its own; what it throws
/// undoes all it did, and nothing is acknowledged before the commit.
using Effect = std::function<Reply(store::Transaction&)>;

/// What a handler returns: the answer of a read, or the effect of a write.
using Outcome = std::variant<Reply, Effect>;

} // namespace mayla::mcp
