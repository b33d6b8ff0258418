#pragma once

#include "base/sync.hpp"
#include "mcp/call.hpp"
#include "store/readers.hpp"
#include "store/writer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::tools {

/// Exactly once: runs effects so that each call's effect and its result are one commit, and finds the results
/// of calls that come again (DESIGN 4).
///
/// Invariants
///   E1  an effect runs only if nothing is stored for its (link, seq), within the transaction that stores its
///   result E2  a cancelled call's effect does not begin; once begun, it is finished E3  nothing is answered
///   before its commit
///
/// Thread rule: from any thread.
class Effects {
public:
    Effects(store::Writer& writer, store::Readers& readers) : writer_(writer), readers_(readers) {}

    using Done = std::function<void(mcp::Reply)>;

    /// Commits an effect. `done` is called once, on the writer's thread or, when it takes no more, on this
    /// one. `fault` hears of what is no Error of ours.
    void commit(const std::shared_ptr<const mcp::Call>& call, mcp::Effect effect, Done done,
                const std::function<void(std::string_view)>& fault);

    /// The stored reply of a call that came again; empty if it has not run. Throws Error{unavailable} if its
    /// outcome cannot be known, {conflict} if it was another call under the same number.
    std::optional<mcp::Reply> stored(const mcp::Call& call);

    /// The client has every answer up to `seq`. Written with the link's next commit: an acknowledgement alone
    /// is not worth a disk write.
    void acked(const std::string& link, std::uint64_t seq);
    /// The client was told that nobody knows what became of `seq`: it must not run any more.
    void abandoned(const std::string& link, std::uint64_t seq);
    /// Writes what acked() has gathered. At the end of a link, before the writer stops.
    void settle(const std::string& link);

private:
    void write_acks(store::Transaction& transaction, const std::string& link);

    store::Writer& writer_;
    store::Readers& readers_;
    Sync<std::map<std::string, std::uint64_t>> acks_;
};

} // namespace mayla::tools
