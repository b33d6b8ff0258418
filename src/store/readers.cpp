#include "store/readers.hpp"

#include "base/limits.hpp"

#include <cassert>
#include <unistd.h>

namespace mayla::store {

Lease::Lease(Readers& readers, std::unique_ptr<Database> connection, std::uint64_t generation) noexcept
    : Snapshot(*connection), readers_(&readers), connection_(std::move(connection)), generation_(generation) {
}

Lease::Lease(Lease&& other) noexcept
    : Snapshot(*other.database_), readers_(other.readers_), connection_(std::move(other.connection_)),
      generation_(other.generation_) {}

Lease::~Lease() {
    if (connection_) readers_->give_back(std::move(connection_), generation_);
}

Readers::Readers(Definition definition) : definition_(std::move(definition)) {}

Readers::~Readers() { assert(pool_.lock()->on_loan == 0 && "a lease outlives its readers"); }

std::unique_ptr<Database> Readers::open() const {
    auto connection = std::make_unique<Database>(definition_.path, Database::Access::read_only);
    require_version(*connection, definition_);
    return connection;
}

Lease Readers::lease(Deadline deadline, const std::atomic<bool>* cancelled) {
    // Moved away or removed under us: only the writer can make a new one, and nobody would ask it to before
    // reading.
    if (restore_ && ::access(definition_.path.c_str(), F_OK) != 0) restore_();
    std::unique_ptr<Database> connection;
    std::uint64_t generation = 0;
    {
        auto pool = pool_.lock();
        if (!pool.wait_until(changed_, deadline.at(), [&] { return pool->admitting; }))
            throw Error(Code::timed_out,
                        definition_.path + ": the writer was folding its log; no time was left to read.");
        generation = pool->generation;
        ++pool->on_loan;
        if (!pool->idle.empty()) {
            connection = std::move(pool->idle.back());
            pool->idle.pop_back();
        }
    }
    try { // the loan is counted already: a failure has to take it back
        if (!connection || !connection->still_in_place()) connection = open();
        connection->limit(deadline, cancelled);
        connection->execute("BEGIN");
    } catch (...) {
        give_back(nullptr, generation);
        throw;
    }
    return Lease(*this, std::move(connection), generation);
}

void Readers::give_back(std::unique_ptr<Database> connection, std::uint64_t generation) noexcept {
    if (connection) {
        connection->limit(Deadline::never(), nullptr);
        // a file that others may write and we cannot lock is opened anew for each reader
        if (!connection->end_transaction() || connection->immutable()) connection.reset();
    }
    auto pool = pool_.lock();
    --pool->on_loan;
    if (connection && generation == pool->generation && pool->idle.size() < limits::idle_readers)
        pool->idle.push_back(std::move(connection));
    changed_.notify_all();
    pool.unlock(); // before `connection` is closed
}

bool Readers::drain(Deadline deadline) {
    auto pool = pool_.lock();
    pool->admitting = false;
    ++pool->generation;
    pool->idle.clear();
    return pool.wait_until(changed_, deadline.at(), [&] { return pool->on_loan == 0; });
}

void Readers::admit() {
    pool_.lock()->admitting = true;
    changed_.notify_all();
}

} // namespace mayla::store
