#include "store/writer.hpp"

#include "base/limits.hpp"
#include "base/paths.hpp"
#include "store/failure.hpp"

#include <cassert>
#include <chrono>
#include <iterator>
#include <sqlite3.h>
#include <utility>

// How a commit may fail, and what follows:
//  - a job throws: ROLLBACK TO its savepoint; the group goes on without it.
//  - a statement makes SQLite roll the whole transaction back (SQLITE_FULL, SQLITE_IOERR): everything that
//  ran in it
//    is lost and is told so; what had not run yet becomes the next group.
//  - COMMIT fails: the same.
//  - the failure came from the disk itself: what the kernel still holds of the file is in doubt, the
//  connection is
//    closed and the database opened anew, which reads the log back from the disk.
// Callers are told after the COMMIT, and those of jobs that threw as well: what they threw may quote rows of
// an earlier job in the same group, which must not be told before it is durable.

namespace mayla::store {

namespace {

constexpr int page_bytes = 4096 + 24; // and its header in the log
constexpr int fold_frames = static_cast<int>(limits::wal_fold_bytes) / page_bytes;
constexpr int gate_frames = static_cast<int>(limits::wal_gate_bytes) / page_bytes;

bool connection_in_doubt(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Failure& known) {
        const int kind = primary(known.result());
        return kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB ||
               kind == SQLITE_CANTOPEN;
    } catch (...) {
        return false;
    }
}

/// The same failure as an exception of its own: each caller, on a thread of its own, gets one that nobody
/// shares.
std::exception_ptr own_copy(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& known) {
        return std::make_exception_ptr(Error(known));
    } catch (const std::exception& other) {
        return std::make_exception_ptr(Error(Code::internal, other.what()));
    }
}

} // namespace

Writer::Writer(Definition definition, Readers& readers, Options options)
    : definition_(std::move(definition)), readers_(readers), options_(std::move(options)) {
    readers_.on_missing([this] { run([](Transaction&) {}); });
}

Writer::Writer(Definition definition, Readers& readers) : Writer(std::move(definition), readers, Options{}) {}

Writer::~Writer() { stop(); }

void Writer::start(Done opened) {
    if (!options_.own_thread) {
        open(opened);
        return;
    }
    assert(!thread_.joinable() && "started twice");
    thread_ = std::thread([this, opened = std::move(opened)] {
        open(opened);
        loop();
    });
}

void Writer::submit(Job job, Done done) {
    Entry entry{std::move(job), std::move(done), nullptr};
    {
        auto shared = shared_.lock();
        if (shared->stopping) throw Error(Code::unavailable, "the daemon is stopping; repeat the call.");
        if (shared->queue.size() >= limits::writer_queue)
            throw Error(Code::busy,
                        "more than " + std::to_string(limits::writer_queue) +
                            " writes are waiting; nothing was stored. Repeat the call in a moment.");
        if (options_.own_thread) {
            shared->queue.push_back(std::move(entry));
            wake_.notify_one();
            return;
        }
    }
    Group group;
    group.push_back(std::move(entry));
    work(std::move(group));
}

void Writer::run(Job job) {
    assert(std::this_thread::get_id() != thread_.get_id() && "the writer cannot wait for itself");
    struct Outcome {
        bool told = false;
        std::exception_ptr failure;
    };
    Sync<Outcome> outcome;
    std::condition_variable told;
    submit(std::move(job), [&](std::exception_ptr failure) {
        auto locked = outcome.lock();
        locked->failure = std::move(failure);
        locked->told = true;
        told.notify_one(); // under the lock: the waiter's frame ends with it
    });
    auto locked = outcome.lock();
    locked.wait(told, [&] { return locked->told; });
    if (locked->failure) std::rethrow_exception(std::exchange(locked->failure, nullptr));
}

void Writer::stop() {
    if (std::exchange(shared_.lock()->stopping, true) && !thread_.joinable()) return;
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
    else
        close();
}

std::optional<Error> Writer::failure() { return shared_.lock()->failure; }
Writer::Counts Writer::counts() { return shared_.lock()->counts; }

// ---- on the writer thread -------------------------------------------------------------------------------

void Writer::loop() {
    for (;;) {
        Group group;
        {
            auto shared = shared_.lock();
            shared.wait(wake_, [&] { return shared->stopping || !shared->queue.empty(); });
            if (shared->queue.empty()) break;
            group.assign(std::make_move_iterator(shared->queue.begin()),
                         std::make_move_iterator(shared->queue.end()));
            shared->queue.clear();
        }
        work(std::move(group));
    }
    close();
}

void Writer::open(const Done& opened) {
    std::exception_ptr failure;
    try {
        ensure_open();
    } catch (...) { // job boundary: the caller is told
        failure = std::current_exception();
        remember_failure(failure);
    }
    if (opened) opened(failure);
}

void Writer::close() noexcept {
    if (!database_) return;
    // with the idle readers closed, the log can be folded to nothing and the next start has none to read
    readers_.drain(Deadline::in(limits::quick_deadline));
    sqlite3_wal_checkpoint_v2(database_->handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    database_.reset();
    readers_.admit();
}

void Writer::ensure_open() {
    if (database_ && !database_->still_in_place()) database_.reset(); // removed or replaced under us
    if (database_) return;
    make_folders(parent_folder(definition_.path));
    auto database = std::make_unique<Database>(definition_.path, Database::Access::read_write);
    migrate(*database, definition_);
    database->execute("PRAGMA journal_size_limit = " + std::to_string(2 * limits::wal_fold_bytes));
    // set after the migration: it replaces SQLite's own rule for folding the log
    const auto after_commit = [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Writer*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database->handle(), after_commit, this);
    fold_at_ = fold_frames;
    // readers that opened the file while it could not be written took no locks: none of them may live on
    readers_.drain(Deadline::in(limits::quick_deadline));
    readers_.admit();
    database_ = std::move(database);
    shared_.lock()->failure.reset();
}

void Writer::work(Group group) {
    for (auto next = group.begin(); next != group.end();) next = commit_some(next, group.end());
}

/// Makes one commit of as many jobs as fit and tells their callers. Returns the first job that was not run.
Writer::Group::iterator Writer::commit_some(Group::iterator begin, Group::iterator end) {
    auto ran = begin;
    std::exception_ptr failure;
    try { // job boundary
        ensure_open();
        database_->reset_bound_bytes();
        database_->execute("BEGIN IMMEDIATE");
        while (ran != end && database_->bound_bytes() < limits::group_bytes) run_one(*ran++);
        database_->execute("COMMIT");
    } catch (...) {
        failure = std::current_exception();
        if (ran == begin) ran = end; // it never began: nobody behind can be served either
        if (database_ && (!database_->end_transaction() || connection_in_doubt(failure))) database_.reset();
    }
    {
        auto shared = shared_.lock();
        shared->counts.jobs += static_cast<std::uint64_t>(ran - begin);
        if (!failure) {
            ++shared->counts.commits;
            shared->failure.reset();
        }
    }
    if (failure) remember_failure(failure);
    for (auto entry = begin; entry != ran; ++entry)
        entry->done(failure ? own_copy(failure) : std::exchange(entry->failure, nullptr));
    if (!failure) bound_wal();
    return ran;
}

/// Runs one job inside its savepoint. Throws only what ends the whole group.
void Writer::run_one(Entry& entry) {
    const std::size_t before = database_->bound_bytes();
    database_->execute("SAVEPOINT job");
    try { // job boundary: what it throws is its caller's
        Transaction transaction(*database_, now());
        entry.job(transaction);
        if (database_->bound_bytes() - before > limits::transaction_bytes)
            throw Error(Code::too_large, "one call may write " +
                                             std::to_string(limits::transaction_bytes >> 20) +
                                             " MiB; nothing was stored. Write less at a time.");
    } catch (...) {
        entry.failure = std::current_exception();
        if (!database_->in_transaction()) throw; // SQLite took everything back
        database_->execute("ROLLBACK TO job");
    }
    database_->execute("RELEASE job");
}

/// Keeps the log small. Folding waits for nobody until the log is large; then readers are held off for a
/// moment.
void Writer::bound_wal() {
    if (wal_frames_ < fold_at_) {
        if (wal_frames_ + fold_frames < fold_at_) fold_at_ = fold_frames; // the log began anew
        return;
    }
    fold_at_ = wal_frames_ + fold_frames;
    sqlite3* const handle = database_->handle();
    if (wal_frames_ < gate_frames) {
        sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        return;
    }
    readers_.drain(Deadline::in(limits::quick_deadline));
    sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    readers_.admit();
}

void Writer::remember_failure(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& known) {
        shared_.lock()->failure = known;
    } catch (const std::exception& other) {
        shared_.lock()->failure = Error(Code::internal, other.what());
    }
}

std::int64_t Writer::now() const {
    if (options_.now_ms) return options_.now_ms();
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

} // namespace mayla::store
