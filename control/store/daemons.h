// The daemons that work on this store. Each announces its roles, the streams that it reads and the
// calls that it executes. From this follows which work no living daemon would pick up.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <chrono>

namespace control {

struct DaemonRow {
    std::string name;  // the installation's; the same after a restart
    std::string host;
    std::vector<std::string> roles;
    std::vector<std::string> streams;  // streams that it reads as a member of a group
    std::vector<std::string> calls;    // calls that it executes, by prefix: "forge."
    contracts::Timestamp started_at{};
    contracts::Timestamp seen_at{};
    std::optional<contracts::Timestamp> ended_at{};
    std::optional<contracts::Timestamp> forgotten_at{};  // when an administrator declared it gone
                                                         // for good
};

// Work that waits for some daemon to pick it up, and the running daemons that would.
struct WaitingWork {
    std::string name;  // a stream, "deploy:queue", or a call, "templates.render"
    std::string role;  // the role of the daemons that pick it up; empty: unknown
    std::vector<std::string> picked_up_by;
};

namespace daemons {

// How often a daemon announces itself, and after which silence it no longer counts as running.
inline constexpr std::chrono::seconds kAnnounceEvery{10};
inline constexpr std::chrono::seconds kSilence{35};

[[nodiscard]] bool is_alive(const DaemonRow& daemon, contracts::Timestamp now);

// Creates or replaces the row of this name; a daemon that was forgotten is known again.
[[nodiscard]] Result<void> announce(Queries& db, const DaemonRow& daemon);
// Records an orderly stop. Does nothing if there is no such row.
[[nodiscard]] Result<void> leave(Queries& db, const std::string& name, contracts::Timestamp now);
// In the order of their names.
[[nodiscard]] Result<std::vector<DaemonRow>> all(Queries& db);
[[nodiscard]] Result<std::optional<DaemonRow>> find(Queries& db, const std::string& name);
// Declares that this daemon will not come back: others answer for its workers. Failure:
// `not_found`, or `conflict` while it is running. Doing it twice changes nothing.
[[nodiscard]] Result<void> forget(Queries& db, const std::string& name, contracts::Timestamp now);
// Every stream that the platform writes work to, then the calls that wait in the outbox; each with
// the daemons that are running at `now` and read or execute it.
[[nodiscard]] Result<std::vector<WaitingWork>> work(Queries& db, contracts::Timestamp now);
// "no daemon reads deploy:queue", for work that nobody picks up.
[[nodiscard]] std::string unread(const WaitingWork& work);
// "start a daemon with the role graphs"
[[nodiscard]] std::string mend(const WaitingWork& work);
// Erases daemons that were last seen before `cutoff` and have no workers, at most `limit`.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp cutoff, int limit);

}  // namespace daemons
}  // namespace control
