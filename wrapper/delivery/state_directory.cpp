#include "wrapper/delivery/state_directory.h"

#include "wrapper/delivery/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>

namespace wrapper {

using contracts::UniqueFd;

namespace {

constexpr std::size_t kLongestId = 512;

std::unexpected<contracts::Error> refuse(std::string message, std::string_view next_step) {
    return contracts::fail(contracts::ErrorKind::fatal, message, "STATE_DIR", next_step);
}

std::unexpected<contracts::Error> cannot(std::string_view what) {
    contracts::Error error = contracts::system_error(errno, what);
    error.kind = contracts::ErrorKind::fatal;
    return contracts::fail(std::move(error).context("STATE_DIR"));
}

// The content of the file or, if an older wrapper left none, what the journal shows.
contracts::Result<std::string> owner_of(int owner, const std::string& directory) {
    char bytes[kLongestId];
    const ssize_t size = ::pread(owner, bytes, sizeof bytes, 0);
    if (size > 0) {
        const std::string_view text(bytes, static_cast<std::size_t>(size));
        return std::string(text.substr(0, text.find('\n')));
    }
    contracts::Result<Journal> journal = Journal::open(directory);
    if (!journal) return contracts::fail(std::move(journal.error()).context("STATE_DIR"));
    for (const Owed& owed : journal->owed())
        if (owed.claim) return owed.claim->consumer;
    return std::string();
}

}  // namespace

contracts::Result<UniqueFd> take_state_directory(const std::string& directory,
                                                 const std::string& worker_id) {
    const std::string path = directory + "/owner";
    UniqueFd owner(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!owner.valid()) return cannot("open " + path);
    if (::flock(owner.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return refuse("another worker-wrapper runs on " + directory,
                      "stop it, or give each worker a directory of its own");
    const contracts::Result<std::string> known = owner_of(owner.get(), directory);
    if (!known) return known.fault();
    if (!known->empty() && *known != worker_id)
        return refuse(directory + " belongs to the worker " + *known + ", and this is " + worker_id,
                      "give each worker a directory of its own; its owner can still deliver the "
                      "results that are stored there");
    const std::string line = worker_id + "\n";
    if (::lseek(owner.get(), 0, SEEK_END) == 0 &&
        ::write(owner.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        (void)!::ftruncate(owner.get(), 0);  // a full disk: the next run writes it
    return owner;
}

}  // namespace wrapper
