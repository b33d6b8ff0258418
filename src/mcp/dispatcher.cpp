#include "mcp/dispatcher.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace mayla::mcp {

namespace {

Reply foreign_reply(const Caller& caller) {
    return Reply{
        "outside_workspace: this session may not use May-la: " + *caller.foreign +
            ".\nIf it is a development container of yours, set namespaces = \"any\" under [security] in "
            "config.toml (`mayla doctor` shows where that file is).",
        true,
        {}};
}

} // namespace

Dispatcher::Dispatcher(std::vector<BoundRow> rows, Ports ports)
    : rows_(std::move(rows)), ports_(std::move(ports)) {}

const BoundRow* Dispatcher::find(std::string_view name, Audience audience) const {
    for (const BoundRow& bound : rows_)
        if (bound.row->name == name && bound.row->audience == audience) return &bound;
    return nullptr;
}

std::string_view Dispatcher::nearest(std::string_view name, Audience audience) const {
    std::vector<std::string_view> names;
    for (const BoundRow& bound : rows_)
        if (bound.row->audience == audience) names.push_back(bound.row->name);
    return mayla::nearest(name, names).value_or("");
}

void Dispatcher::start(const BoundRow& row, std::shared_ptr<Call> call, std::string arguments, Done done) {
    if (call->caller->foreign) {
        finish(call, done, foreign_reply(*call->caller));
        return;
    }
    const bool taken = ports_.work(row.row->lane, [this, &row, call, arguments = std::move(arguments), done] {
        work(row, call, arguments, done);
    });
    if (!taken)
        finish(call, done,
               Reply{std::string("busy: too many calls wait already; ") + nothing_done(call->attempt) + ".",
                     true,
                     {}});
}

std::optional<Reply> Dispatcher::stored(const Call& call) const {
    try {
        return ports_.stored(call);
    } catch (const Error& error) {
        // Whatever is wrong with the store now, the first run may have been committed.
        if (error.code() == Code::conflict) throw;
        throw Error(error.code(), error.message() + "; " + nothing_done(call.attempt));
    }
}

void Dispatcher::work(const BoundRow& row, const std::shared_ptr<Call>& call, const std::string& arguments,
                      const Done& done) {
    if (call->cancelled) return finish(call, done, Reply{"cancelled: by the client", true, {}});
    // The time in the queue is the fault of others: it does not count.
    call->deadline = Deadline::in(limits::quick_deadline);
    try {
        // A repeat: if its effect has been committed, that answer is the answer, whatever the world looks
        // like now.
        if (call->attempt > 1 && !row.row->hints.read_only)
            if (std::optional<Reply> reply = stored(*call)) return finish(call, done, *std::move(reply));
        const Json parsed = arguments.empty() ? Json::object() : Json::parse(arguments, nullptr, false);
        if (parsed.is_discarded()) // sound JSON by the scanner: what is left is a number beyond all measure
            throw Error(Code::invalid_argument,
                        std::string(row.row->name) + ": a number in the arguments is too large");
        Outcome outcome = row.handle(*call, parsed);
        if (Reply* reply = std::get_if<Reply>(&outcome)) return finish(call, done, std::move(*reply));
        ports_.commit(call, std::get<Effect>(std::move(outcome)),
                      [this, call, done](Reply reply) { finish(call, done, std::move(reply)); });
    } catch (...) { // a job boundary
        std::string unexpected;
        Reply reply = reply_of(std::current_exception(), &unexpected);
        if (!unexpected.empty()) ports_.fault(std::string(row.row->name) + ": " + unexpected);
        finish(call, done, std::move(reply));
    }
}

void Dispatcher::finish(const std::shared_ptr<Call>& call, const Done& done, Reply reply) {
    ports_.loop([call, done, reply = std::move(reply)] { done(reply); });
}

} // namespace mayla::mcp
