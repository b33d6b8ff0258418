#pragma once

#include "base/sync.hpp"
#include "store/database.hpp"
#include "store/schema.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <vector>

namespace mayla::store {

class Readers;

/// A read-only connection on loan, with one snapshot for all its reads. One thread; shorter than its
/// deadline.
class Lease : public Snapshot {
public:
    Lease(Lease&& other) noexcept;
    ~Lease();

private:
    friend class Readers;
    Lease(Readers& readers, std::unique_ptr<Database> connection, std::uint64_t generation) noexcept;

    Readers* readers_;
    std::unique_ptr<Database> connection_;
    std::uint64_t generation_;
};

/// The read-only connections to one database. Any thread. Outlives its leases.
class Readers {
public:
    explicit Readers(Definition definition);
    ~Readers();

    /// A snapshot that sees every write acknowledged before this call. Statements on it throw timed_out after
    /// `deadline` and cancelled once `*cancelled` is true (it must outlive the lease).
    /// Throws Error: unavailable (cannot be opened, with the reason), timed_out (no lease in time).
    Lease lease(Deadline deadline, const std::atomic<bool>* cancelled = nullptr);

    /// For the writer: who makes a file that is gone anew. Called by a lease that finds none, before it tries
    /// again.
    void on_missing(std::function<void()> restore) { restore_ = std::move(restore); }
    /// For the writer: no new lease begins until `admit`, and connections that are idle are closed.
    /// Returns true once no lease is left, false at `deadline`.
    bool drain(Deadline deadline);
    void admit();

private:
    friend class Lease;
    void give_back(std::unique_ptr<Database> connection, std::uint64_t generation) noexcept;

    struct Pool {
        std::vector<std::unique_ptr<Database>> idle;
        std::size_t on_loan = 0;
        std::uint64_t generation = 0; ///< connections of an older one are not used again
        bool admitting = true;
    };

    std::unique_ptr<Database> open() const;

    const Definition definition_;
    std::function<void()> restore_;
    Sync<Pool> pool_;
    std::condition_variable changed_;
};

} // namespace mayla::store
