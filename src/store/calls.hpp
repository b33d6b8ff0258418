#pragma once

#include "store/database.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// Results of calls, so that a call which arrives twice has its effect once (DESIGN 4, "Exactly once"). The
/// tables lie in the same file as the effects, so that effect and result are one commit. A writing call is
/// one job: find(); if it finds nothing, the effect, then put().
namespace mayla::store::calls {

/// XXH3-128 of the call's method and params.
using Hash = std::array<std::uint8_t, 16>;

/// The outcome of a call that has run: not wire bytes, but what they are made of.
struct Stored {
    Hash hash{};
    std::string text;
    bool is_error = false;
    std::string undo_id; ///< empty when there is nothing to take back
};
/// Nothing is known: the call may run.
struct Unknown {};
/// The call lies at or below a tombstone, was acknowledged, or was abandoned: it must not run (any more).
struct Gone {};

using Found = std::variant<Unknown, Stored, Gone>;

/// What is known of call `seq` of a link. The caller compares the hash.
Found find(Snapshot& snapshot, std::string_view link, std::int64_t seq);

/// Stores the outcome. Now and then it is seen to
/// that the oldest above limits::results_per_link become the tombstone of the link.
void put(Transaction& transaction, std::string_view link, std::int64_t seq, const Stored& result);

/// Every answer up to `seq` has reached the client: their results go. Lower numbers than before change
/// nothing.
void ack(Transaction& transaction, std::string_view link, std::int64_t seq);

/// The client was told that the outcome of `seq` is unknown: it must never run from now on. Its result goes.
void abandon(Transaction& transaction, std::string_view link, std::int64_t seq);

/// The highest seq acknowledged; 0 for a link never seen.
std::int64_t acked(Snapshot& snapshot, std::string_view link);

/// Turns results older than limits::results_age into tombstones and forgets links not seen for
/// limits::links_age. To be run now and then. Returns how many results went.
std::int64_t expire(Transaction& transaction);

/// The schema of these tables, for a Definition.
std::string_view schema_1();

} // namespace mayla::store::calls
