#pragma once

#include "mcp/reply.hpp"
#include "mcp/row.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace mayla::mcp {

/// Takes a call through its stations: worker, handler, writer, back to the loop.
///
/// Thread rule: find() and start() on the loop; the ports say on which thread each of them is called.
class Dispatcher {
public:
    /// What the dispatcher needs of the rest of the house.
    struct Ports {
        /// Runs a job on a lane; false: the lane is full. Called on the loop.
        std::function<bool(Lane, std::function<void()>)> work;
        /// Runs a job on the loop. Called from any thread.
        std::function<void(std::function<void()>)> loop;
        /// The stored answer of a write that was repeated, if it is done. Throws Error when the outcome
        /// cannot be known. Called on a worker.
        std::function<std::optional<Reply>(const Call&)> stored;
        /// Runs an effect and stores its reply in one transaction; `done` gets the reply, or what went wrong,
        /// once it is committed. Called on a worker; `done` on any thread.
        std::function<void(std::shared_ptr<const Call>, Effect, std::function<void(Reply)> done)> commit;
        /// A fault of ours, for the log. Called from any thread.
        std::function<void(std::string_view what)> fault;
    };
    /// Gets the reply of a call, on the loop.
    using Done = std::function<void(const Reply&)>;

    Dispatcher(std::vector<BoundRow> rows, Ports ports);

    /// The row of that name, or null.
    const BoundRow* find(std::string_view name, Audience) const;
    /// The name of the row that is nearest to a wrong one, or empty.
    std::string_view nearest(std::string_view name, Audience) const;

    /// Starts a call. `arguments` is raw JSON (an object, or empty). `done` is called exactly once, later, on
    /// the loop, unless the call is cancelled before it begins.
    void start(const BoundRow& row, std::shared_ptr<Call> call, std::string arguments, Done done);

private:
    void work(const BoundRow& row, const std::shared_ptr<Call>& call, const std::string& arguments,
              const Done& done);
    std::optional<Reply> stored(const Call& call) const;
    void finish(const std::shared_ptr<Call>& call, const Done& done, Reply reply);

    std::vector<BoundRow> rows_;
    Ports ports_;
};

} // namespace mayla::mcp
