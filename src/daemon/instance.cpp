#include "daemon/instance.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/own_program.hpp"
#include "base/protocol.hpp"
#include "base/uuid.hpp"
#include "memory/service.hpp"
#include "store/calls.hpp"
#include "tools/table.hpp"

#include <future>
#include <unistd.h>

namespace mayla::daemon {

namespace {

std::string memory_path(const std::string& data) {
    make_folders(data);
    return data + "/memory.db";
}

std::string text_of(const std::exception_ptr& failure) { return mcp::reply_of(failure).text; }

} // namespace

Instance::Folders::Folders(const Environment& environment)
    : data(data_folder(environment)), state(state_folder(environment)), config(config_folder(environment)),
      home(home_folder(environment).value_or("")) {}

Instance::Instance(const Options& options, std::optional<OwnedFd> activated, const Environment& environment)
    : folders_(environment), log_(folders_.state), config_(load_config()), uuid_(random_uuid()),
      socket_(std::move(activated), options.listen, (make_folders(folders_.data), folders_.data), log_),
      memory_database_(memory::database(memory_path(folders_.data))), memory_readers_(memory_database_),
      memory_writer_(memory_database_, memory_readers_), projects_(memory_readers_),
      effects_(memory_writer_, memory_readers_),
      services_{memory_readers_, projects_, folders_.home, [this] { return status(); },
                [this] { loop_.post([this] { life_.drain("asked to"); }); }},
      dispatcher_(tools::bound_rows(services_), dispatcher_ports()),
      quick_(limits::quick_threads, limits::lane_queue),
      links_(loop_, dispatcher_, effects_, config_.security.namespaces, log_, uuid_,
             {[this] { active(); }, [this] { upgrade_.check(); }, [this] { settled(); }}),
      listener_(loop_, socket_.fd(), [this](OwnedFd fd) { links_.accept(std::move(fd)); }),
      life_(loop_, listener_, links_, notify_, log_,
            {.shortest = socket_.activated() ? service::shortest_life : std::chrono::milliseconds(0)}),
      upgrade_(loop_, own_program(),
               {[this](std::function<void()> job) { return quick_.submit(std::move(job)); },
                [this](const std::string& why) { life_.drain(why); }}) {
    loop_.on_failure(
        [this](const std::exception_ptr& failure) { log_.error("in a callback: " + text_of(failure)); });
    listener_.pause(); // until the database is open: who connects now waits in the backlog
}

Config Instance::load_config() {
    try {
        return read_config(folders_.config + "/config.toml");
    } catch (const Error& error) { // a typing error in a settings file must not cost anybody the memory
        log_.error(error.message() + "; running with the defaults");
        return {};
    }
}

mcp::Dispatcher::Ports Instance::dispatcher_ports() {
    return {
        [this](mcp::Lane, std::function<void()> job) { return quick_.submit(std::move(job)); },
        [this](std::function<void()> job) { loop_.post(std::move(job)); },
        [this](const mcp::Call& call) { return effects_.stored(call); },
        [this](const std::shared_ptr<const mcp::Call>& call, mcp::Effect effect,
               std::function<void(mcp::Reply)> done) {
            effects_.commit(call, std::move(effect), std::move(done),
                            [this](std::string_view what) { log_.error(what); });
        },
        [this](std::string_view what) { log_.error(what); },
    };
}

int Instance::run() {
    log_.info("starting: version " + std::string(protocol::build()) + ", pid " + std::to_string(::getpid()) +
              ", socket " + socket_.path());
    memory_writer_.start(
        [this](const std::exception_ptr& failure) { loop_.post([this, failure] { opened(failure); }); });
    loop_.run();
    stop();
    return 0;
}

void Instance::opened(const std::exception_ptr& failure) {
    if (failure) {
        log_.error("memory: " + text_of(failure));
        told_serving_ = false;
        life_.ready("serving without the memory database: " + text_of(failure));
    } else {
        life_.ready("serving");
        memory_writer_.submit(
            [](store::Transaction& transaction) { store::calls::expire(transaction); },
            [](const std::exception_ptr&) {}); // old results that stay cost nothing but space
    }
    listener_.resume();
}

void Instance::active() {
    life_.active();
    if (!socket_.in_place()) life_.drain("the lock or the socket was removed");
}

void Instance::settled() {
    tell_state();
    life_.settled();
    if (links_.running() == 0) upgrade_.check(); // one stat(2); sessions may stay connected for days
}

void Instance::tell_state() {
    const bool serving = !memory_writer_.failure();
    if (serving == told_serving_) return;
    told_serving_ = serving;
    notify_.status(serving ? "serving"
                           : "serving without the memory database: " + memory_writer_.failure()->message());
}

void Instance::stop() {
    quick_.stop();
    memory_writer_.stop();
    log_.info("ended");
}

tools::DaemonStatus Instance::status() {
    tools::DaemonStatus status;
    status.pid = ::getpid();
    status.daemon = uuid_;
    status.mode = socket_.activated() ? service::manager_name : "unmanaged";
    status.socket = socket_.path();
    status.executable = own_program();
    status.log = log_.path();
    status.config = folders_.config + "/config.toml";
    status.database = memory_database_.path;
    status.uptime =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
    if (const auto failure = memory_writer_.failure()) status.database_failure = failure->message();
    // Connections belong to the loop. It never waits for a worker, so a worker may wait for it.
    auto answer = std::make_shared<
        std::promise<std::pair<std::vector<tools::DaemonStatus::Connection>, std::size_t>>>();
    auto future = answer->get_future();
    loop_.post([this, answer] { answer->set_value({links_.list(), links_.running()}); });
    if (future.wait_for(limits::quick_deadline) != std::future_status::ready)
        throw Error(Code::timed_out, "the daemon's loop is busy; try again");
    std::tie(status.connections, status.calls_running) = future.get();
    return status;
}

} // namespace mayla::daemon
