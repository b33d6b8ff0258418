#include "shim/calls.hpp"

#include "base/limits.hpp"

namespace mayla::shim {

Call& Calls::add(std::string id, bool modern, std::string line) {
    Call call;
    call.id = std::move(id);
    call.modern = modern;
    call.size = line.size();
    if (bytes_in_memory_ + call.size > limits::unanswered_bytes_in_memory) call.at = spill_.put(line);
    if (!call.at) {
        call.line = std::move(line);
        bytes_in_memory_ += call.size;
    }
    bytes_ += call.size;
    return calls_.emplace_hint(calls_.end(), ++last_, std::move(call))->second;
}

Call* Calls::find(std::uint64_t seq) {
    const auto found = calls_.find(seq);
    return found == calls_.end() ? nullptr : &found->second;
}

Calls::Map::iterator Calls::find_id(std::string_view id) {
    auto at = calls_.begin();
    while (at != calls_.end() && at->second.id != id) ++at;
    return at;
}

Calls::Map::iterator Calls::erase(Map::iterator call) {
    const std::size_t size = call->second.size;
    bytes_ -= size;
    if (call->second.at) {
        spill_.drop();
    } else {
        bytes_in_memory_ -= size;
    }
    return calls_.erase(call);
}

std::optional<std::string> Calls::line(const Call& call) const {
    if (call.at) return spill_.get(*call.at, call.size);
    return call.line;
}

} // namespace mayla::shim
