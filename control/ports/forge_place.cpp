#include "control/ports/forge_place.h"

#include "contracts/base/id.h"
#include "control/ports/data_directory.h"
#include "control/store/daemons.h"
#include "control/store/shared_directories.h"

#include <sys/stat.h>
#include <algorithm>
#include <cerrno>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr const char* kName = "forge";
constexpr std::string_view kCalls = "forge.";

Result<std::string> id_of(const std::string& directory) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(contracts::system_error(errno, "create " + directory));
    const std::string file = directory + "/directory-id";
    Result<std::string> id = read_private_file(file);
    if (id && !id->empty()) return id;
    if (!id && id.error().kind != ErrorKind::not_found) return id;
    std::string fresh = contracts::random_hex(8);
    if (Result<void> written = write_private_file(file, fresh); !written) return written.fault();
    return fresh;
}

// The other daemon that has the repositories in use; empty if there is none.
Result<std::string> other_with_forge(Queries& db, const std::string& daemon) {
    Result<std::vector<DaemonRow>> all = daemons::all(db);
    if (!all) return all.fault();
    for (const DaemonRow& one : *all)
        if (one.name != daemon && !one.forgotten_at &&
            std::ranges::find(one.calls, kCalls) != one.calls.end())
            return one.name;
    return std::string();
}

}  // namespace

Result<bool> join_forge(Database& database, const std::string& directory, const std::string& daemon,
                        const contracts::Log& log) {
    Result<std::string> id = id_of(directory);
    if (!id) return id.fault();
    std::string other;
    Result<void> joined = database.transaction([&](Transaction& tx) -> Result<void> {
        other.clear();
        Result<std::string> counts = shared_directories::find(tx, kName);
        if (!counts) return counts.fault();
        if (*counts == *id) return {};
        if (!counts->empty()) {
            Result<std::string> found = other_with_forge(tx, daemon);
            if (!found) return found.fault();
            other = std::move(*found);
        }
        return other.empty() ? shared_directories::set(tx, kName, *id) : Result<void>();
    });
    if (!joined) return joined.fault();
    if (other.empty()) return true;
    log.warning("this daemon does not have the repositories in use: it executes no calls on them",
                {{"directory", directory},
                 {"other_daemon", other},
                 {"next_step", "set FORGE_DIR to the directory that " + other +
                                   " uses; if that daemon will not come back: orchestrator "
                                   "daemon forget " +
                                   other + ", then start this one again"}});
    return false;
}

}  // namespace control
