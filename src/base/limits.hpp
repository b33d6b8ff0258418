#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every quantity that a client can make grow, with its limit. A number that limits something stands here
/// and nowhere else, so that error messages, tests and documents can name it.
namespace mayla::limits {

using std::chrono::milliseconds;

// ---- messages -------------------------------------------------------------------------------------------
/// One JSON-RPC line, without its newline (DESIGN 4). Longer lines are read to their end, answered with an
/// error that carries their id, and dropped.
inline constexpr std::size_t message_bytes = 16u << 20;
/// Objects and arrays inside each other.
inline constexpr std::size_t json_depth = 512;
/// A request id as the client wrote it, quotes included.
inline constexpr std::size_t id_bytes = 1024;
/// A method name.
inline constexpr std::size_t method_bytes = 128;
/// A protocol revision ("2026-07-28") as a client names it.
inline constexpr std::size_t revision_bytes = 64;
/// A message that the shim reads as a whole (handshake); anything larger is answered by an error.
inline constexpr std::size_t handshake_bytes = 1u << 20;
/// The hello line and its reply.
inline constexpr std::size_t hello_bytes = 256u << 10;

// ---- the link -------------------------------------------------------------------------------------------
/// Calls of one link that wait for an answer, in the shim and in the daemon.
inline constexpr std::size_t calls_per_link = 4096;
/// Bytes of unanswered calls that the shim keeps in memory; what is more goes to an unlinked file.
inline constexpr std::size_t unanswered_bytes_in_memory = 1u << 20;
/// Bytes of unanswered calls in all; a call beyond them is answered `busy`.
inline constexpr std::size_t unanswered_bytes = 256u << 20;
/// Times a call is sent again after its daemon was lost, before it is answered with an error.
inline constexpr int resends = 2;
/// Silence of the daemon, from connect to its reply to hello, after which calls are answered with an error.
inline constexpr milliseconds hello_reply{10'000};
/// First pause before connecting again, and the longest; each pause doubles.
inline constexpr milliseconds reconnect_first{50};
inline constexpr milliseconds reconnect_longest{1'000};
/// Time for the one request to the service manager to start the socket.
inline constexpr milliseconds service_manager{5'000};
/// Roots that a client may name, and the bytes of one path.
inline constexpr std::size_t roots = 64;
inline constexpr std::size_t path_bytes = 4096;
/// Where there is no service manager: time for a daemon to come up before the shim starts another.
inline constexpr milliseconds daemon_start{2'000};
/// What the service manager may say before it is not listened to any more.
inline constexpr std::size_t complaint_bytes = 512;
/// From the end of a client to the end of its shim.
inline constexpr milliseconds last_words{80};
/// Connections that the daemon holds at a time.
inline constexpr std::size_t connections = 1024;
/// Bytes that wait to be written to one connection; above it, that connection is not read from.
inline constexpr std::size_t output_bytes = 4u << 20;

// ---- work -----------------------------------------------------------------------------------------------
inline constexpr std::size_t quick_threads = 2;
inline constexpr milliseconds quick_deadline{2'000};
/// Calls that wait for a lane.
inline constexpr std::size_t lane_queue = 16'384;
/// Effects that wait for the writer.
inline constexpr std::size_t writer_queue = 16'384;

// ---- memory ---------------------------------------------------------------------------------------------
/// The text of one memory, in bytes.
inline constexpr std::size_t memory_text_bytes = 1u << 20;
inline constexpr std::size_t memory_title_bytes = 1024;
inline constexpr std::size_t memory_kind_bytes = 64;
inline constexpr std::size_t memory_tags = 64;
inline constexpr std::size_t memory_tag_bytes = 256;
inline constexpr std::size_t memory_anchors = 64;
inline constexpr std::size_t memory_anchor_bytes = 4096;
/// Memories that one call may name.
inline constexpr std::size_t memory_ids = 256;
/// A search text; what is longer is searched by its beginning, and the answer says so.
inline constexpr std::size_t query_bytes = 4096;
/// Words of a search text that are looked up.
inline constexpr std::size_t query_terms = 64;
/// Memories on one page of a search.
inline constexpr std::size_t recall_rows = 200;
/// The reason given for forgetting, and the name of a session.
inline constexpr std::size_t memory_reason_bytes = 4096;
inline constexpr std::size_t memory_session_bytes = 256;

// ---- answers --------------------------------------------------------------------------------------------
/// Text of one answer (DESIGN 7), and the budget it has when none is asked for, in tokens of 3.6 bytes.
inline constexpr std::size_t answer_bytes = 20u << 10;
inline constexpr std::size_t answer_budget = 1200;

// ---- the database ---------------------------------------------------------------------------------------
/// Results of calls that are kept for a link that never says it has received them.
/// Several times calls_per_link: calls that end out of order must not lose one that still runs to the
/// tombstone.
inline constexpr std::size_t results_per_link = 16'384;
/// Calls between two looks at that number, which cost a walk over the results.
inline constexpr std::int64_t results_look = 1024;
inline constexpr std::chrono::hours results_age{24 * 7};
/// A link that was not heard of for so long is forgotten, tombstone and all.
inline constexpr std::chrono::hours links_age{24 * 90};
/// What one call may write (its texts, before indexing), and what one commit takes up before it is closed.
inline constexpr std::size_t transaction_bytes = 8u << 20;
inline constexpr std::size_t group_bytes = 4u << 20;
/// The write-ahead log: folded into the database from here on, when no reader stands in the way …
inline constexpr std::size_t wal_fold_bytes = 4u << 20;
/// … and from here on no new reader is let in until it is. It never grows above 64 MiB.
inline constexpr std::size_t wal_gate_bytes = 32u << 20;
/// How long the writer waits for another program that holds the database.
inline constexpr milliseconds database_busy{2'000};
/// Read-only connections that are kept open for the next reader.
inline constexpr std::size_t idle_readers = 4;

// ---- life of the daemon ---------------------------------------------------------------------------------
inline constexpr milliseconds shutdown_drain{5'000};
inline constexpr milliseconds failure_pause{500};
inline constexpr milliseconds shortest_life{1'000};
inline constexpr milliseconds lock_handover{10'000};
inline constexpr std::chrono::minutes idle_alone{10};
inline constexpr std::chrono::minutes idle_connected{60};

// ---- children -------------------------------------------------------------------------------------------
/// One git command, and the bytes read from it.
inline constexpr milliseconds git_command{5'000};
inline constexpr std::size_t child_output_bytes = 8u << 20;

// ---- files ----------------------------------------------------------------------------------------------
/// A unix socket's path, without its NUL (unix(7): sun_path is 108 bytes; 104 on macOS).
#ifdef __APPLE__
inline constexpr std::size_t socket_path_bytes = 103;
#else
inline constexpr std::size_t socket_path_bytes = 107;
#endif
inline constexpr std::size_t log_file_bytes = 2u << 20;
inline constexpr std::size_t log_files = 5;

} // namespace mayla::limits
