#include "tools/effects.hpp"

#include "base/error.hpp"
#include "mcp/reply.hpp"
#include "store/calls.hpp"

namespace mayla::tools {

namespace {

namespace calls = store::calls;

std::int64_t number(std::uint64_t seq) { return static_cast<std::int64_t>(seq); } // at most 2^53 on the wire

/// What is stored of a call, as its reply; empty if it may run.
std::optional<mcp::Reply> reply_of(const calls::Found& found, const mcp::Call& call) {
    if (std::holds_alternative<calls::Gone>(found))
        throw Error(Code::unavailable,
                    "outcome unknown: the result of this call is no longer kept. Check before you "
                    "repeat it");
    const auto* stored = std::get_if<calls::Stored>(&found);
    if (!stored) return std::nullopt;
    if (stored->hash != call.hash)
        throw Error(Code::conflict, "call " + std::to_string(call.seq) +
                                        " of this link was another call; nothing was changed");
    return mcp::Reply{stored->text, stored->is_error, stored->undo_id};
}

} // namespace

void Effects::commit(const std::shared_ptr<const mcp::Call>& call, mcp::Effect effect, Done done,
                     const std::function<void(std::string_view)>& fault) {
    // Shared between the job and its completion; both run on the writer's thread, one after the other.
    const auto reply = std::make_shared<mcp::Reply>();
    const auto job = [this, call, effect = std::move(effect), reply](store::Transaction& transaction) {
        if (call->cancelled) throw Error(Code::cancelled, "by the client; nothing was changed"); // E2
        const std::string& link = call->caller->link;
        if (auto before = reply_of(calls::find(transaction, link, number(call->seq)), *call)) { // E1
            *reply = *std::move(before);
            return;
        }
        *reply = effect(transaction);
        calls::put(transaction, link, number(call->seq),
                   {call->hash, reply->text, reply->is_error, reply->undo_id});
        write_acks(transaction, link);
    };
    const auto finished = [reply, done, fault](const std::exception_ptr& failure) {
        if (!failure) return done(std::move(*reply)); // E3
        std::string unexpected;
        mcp::Reply failed = mcp::reply_of(failure, &unexpected);
        if (!unexpected.empty()) fault(unexpected);
        done(std::move(failed));
    };
    writer_.submit(job, finished);
}

std::optional<mcp::Reply> Effects::stored(const mcp::Call& call) {
    auto lease = readers_.lease(call.deadline, &call.cancelled);
    return reply_of(calls::find(lease, call.caller->link, number(call.seq)), call);
}

void Effects::acked(const std::string& link, std::uint64_t seq) { (*acks_.lock())[link] = seq; }

void Effects::abandoned(const std::string& link, std::uint64_t seq) {
    writer_.submit(
        [link, seq](store::Transaction& transaction) { calls::abandon(transaction, link, number(seq)); },
        [](const std::exception_ptr&) {}); // a full disk: then the call cannot run either
}

void Effects::settle(const std::string& link) {
    if (acks_.lock()->count(link) == 0) return;
    writer_.submit([this, link](store::Transaction& transaction) { write_acks(transaction, link); },
                   [](const std::exception_ptr&) {}); // results that stay longer than needed age out
}

void Effects::write_acks(store::Transaction& transaction, const std::string& link) {
    std::uint64_t seq = 0;
    {
        auto acks = acks_.lock();
        const auto found = acks->find(link);
        if (found == acks->end()) return;
        seq = found->second;
        acks->erase(found);
    }
    calls::ack(transaction, link, number(seq));
}

} // namespace mayla::tools
