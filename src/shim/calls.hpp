#pragma once

#include "shim/spill.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mayla::shim {

using Clock = std::chrono::steady_clock;

/// A call that was relayed, or waits to be, and has no answer yet.
struct Call {
    std::string id;       ///< the client's own bytes, which go back on the answer
    bool modern = false;  ///< the client speaks the revision without handshake
    bool on_wire = false; ///< given to the connection that is open now
    int sendings = 0;     ///< how often it was given to a connection
    /// When it is answered with an error if no daemon takes it. Counts only while there is none.
    Clock::time_point deadline{};

    std::size_t size = 0; ///< bytes of its line
    std::string line;     ///< with the seq for an id, without newline; empty when it is in the spill file
    std::optional<std::uint64_t> at; ///< where in the spill file
};

/// The calls without an answer, by seq. Numbers are given once in the life of a shim. Lines beyond
/// limits::unanswered_bytes_in_memory go to the spill file; where that fails they stay in memory.
class Calls {
public:
    using Map = std::map<std::uint64_t, Call>;

    explicit Calls(std::string spill_folder) : spill_(std::move(spill_folder)) {}

    /// The number that the next call gets: its line is written with it.
    std::uint64_t next_seq() const noexcept { return last_ + 1; }
    /// Takes a call as next_seq().
    Call& add(std::string id, bool modern, std::string line);

    Call* find(std::uint64_t seq);
    /// The oldest call with this id: clients do reuse ids.
    Map::iterator find_id(std::string_view id);
    void erase(std::uint64_t seq) { erase(calls_.find(seq)); }
    Map::iterator erase(Map::iterator call);

    /// Its line; nothing when the disk does not give it back.
    std::optional<std::string> line(const Call& call) const;

    Map::iterator begin() { return calls_.begin(); }
    Map::iterator end() { return calls_.end(); }
    Map::iterator from(std::uint64_t seq) { return calls_.lower_bound(seq); }
    bool empty() const noexcept { return calls_.empty(); }
    std::size_t count() const noexcept { return calls_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    /// No call up to this one waits for an answer.
    std::uint64_t finished_through() const noexcept { return empty() ? last_ : calls_.begin()->first - 1; }

private:
    Map calls_;
    Spill spill_;
    std::uint64_t last_ = 0;
    std::size_t bytes_ = 0;
    std::size_t bytes_in_memory_ = 0;
};

} // namespace mayla::shim
