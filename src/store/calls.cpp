#include "store/calls.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace mayla::store::calls {

namespace {

struct Link {
    std::int64_t id = 0;
    std::int64_t acked = 0;
    std::int64_t tombstone = 0;
};

std::optional<Link> known(Snapshot& snapshot, std::string_view uuid) {
    Statement query = snapshot.prepare("SELECT id, acked, tombstone FROM links WHERE uuid = ?1");
    query.bind(uuid);
    if (!query.step()) return std::nullopt;
    return Link{query.integer(0), query.integer(1), query.integer(2)};
}

/// The link, made if it is new, and marked as seen now.
Link touch(Transaction& transaction, std::string_view uuid) {
    Statement upsert = transaction.prepare("INSERT INTO links (uuid, seen) VALUES (?1, ?2)"
                                           " ON CONFLICT (uuid) DO UPDATE SET seen = max(seen, excluded.seen)"
                                           " RETURNING id, acked, tombstone");
    upsert.bind(uuid, transaction.now_ms());
    upsert.step();
    const Link link{upsert.integer(0), upsert.integer(1), upsert.integer(2)};
    upsert.run(); // to its end: only then is it carried out
    return link;
}

std::int64_t milliseconds(std::chrono::milliseconds age) { return age.count(); }

/// What is too much for one link becomes its tombstone.
void bound(Transaction& transaction, const Link& link) {
    Statement query =
        transaction.prepare("SELECT seq FROM results WHERE link = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2");
    query.bind(link.id, limits::results_per_link);
    if (!query.step()) return;
    const std::int64_t highest = query.integer(0);
    transaction.prepare("DELETE FROM results WHERE link = ?1 AND seq <= ?2").bind(link.id, highest).run();
    transaction.prepare("UPDATE links SET tombstone = max(tombstone, ?2) WHERE id = ?1")
        .bind(link.id, highest)
        .run();
}

} // namespace

Found find(Snapshot& snapshot, std::string_view link, std::int64_t seq) {
    const std::optional<Link> row = known(snapshot, link);
    if (!row) return Unknown{};
    Statement query =
        snapshot.prepare("SELECT hash, text, is_error, undo_id FROM results WHERE link = ?1 AND seq = ?2");
    query.bind(row->id, seq);
    if (query.step()) {
        Stored stored;
        const auto hash = query.blob(0);
        std::copy_n(hash.begin(), std::min(hash.size(), stored.hash.size()), stored.hash.begin());
        stored.text = query.text(1);
        stored.is_error = query.integer(2) != 0;
        stored.undo_id = query.text(3);
        return stored;
    }
    if (seq <= std::max(row->acked, row->tombstone)) return Gone{};
    Statement abandoned = snapshot.prepare("SELECT 1 FROM abandoned WHERE link = ?1 AND seq = ?2");
    abandoned.bind(row->id, seq);
    if (abandoned.step()) return Gone{};
    return Unknown{};
}

void put(Transaction& transaction, std::string_view link, std::int64_t seq, const Stored& result) {
    const Link row = touch(transaction, link);
    transaction
        .prepare("INSERT INTO results (link, seq, hash, text, is_error, undo_id, created)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        .bind(row.id, seq, std::span<const std::uint8_t>(result.hash), result.text, result.is_error ? 1 : 0,
              result.undo_id, transaction.now_ms())
        .run();
    if (seq % limits::results_look == 0) bound(transaction, row);
}

void ack(Transaction& transaction, std::string_view link, std::int64_t seq) {
    const Link row = touch(transaction, link);
    if (seq <= row.acked) return;
    transaction.prepare("UPDATE links SET acked = ?2 WHERE id = ?1").bind(row.id, seq).run();
    transaction.prepare("DELETE FROM results WHERE link = ?1 AND seq <= ?2").bind(row.id, seq).run();
    transaction.prepare("DELETE FROM abandoned WHERE link = ?1 AND seq <= ?2").bind(row.id, seq).run();
}

void abandon(Transaction& transaction, std::string_view link, std::int64_t seq) {
    const Link row = touch(transaction, link);
    if (seq <= row.acked) return;
    transaction.prepare("DELETE FROM results WHERE link = ?1 AND seq = ?2").bind(row.id, seq).run();
    transaction.prepare("INSERT OR IGNORE INTO abandoned (link, seq) VALUES (?1, ?2)")
        .bind(row.id, seq)
        .run();
}

std::int64_t acked(Snapshot& snapshot, std::string_view link) {
    const std::optional<Link> row = known(snapshot, link);
    return row ? row->acked : 0;
}

std::int64_t expire(Transaction& transaction) {
    const std::int64_t oldest = transaction.now_ms() - milliseconds(limits::results_age);
    transaction
        .prepare(
            "UPDATE links SET tombstone = max(tombstone, old.highest)"
            " FROM (SELECT link, max(seq) AS highest FROM results WHERE created < ?1 GROUP BY link) AS old"
            " WHERE links.id = old.link")
        .bind(oldest)
        .run();
    transaction.prepare("DELETE FROM results WHERE created < ?1").bind(oldest).run();
    const std::int64_t gone = transaction.changes();
    const std::int64_t forgotten = transaction.now_ms() - milliseconds(limits::links_age);
    transaction.prepare("DELETE FROM abandoned WHERE link IN (SELECT id FROM links WHERE seen < ?1)")
        .bind(forgotten)
        .run();
    transaction.prepare("DELETE FROM links WHERE seen < ?1 AND id NOT IN (SELECT link FROM results)")
        .bind(forgotten)
        .run();
    return gone;
}

} // namespace mayla::store::calls
