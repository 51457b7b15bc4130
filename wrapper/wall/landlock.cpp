#include "wrapper/wall/landlock.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>

namespace wrapper {

namespace {

// The kernel's numbers, because the headers of an older system do not have the newer ones.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;
constexpr std::uint32_t kVersionFlag = 1;
constexpr int kPathBeneath = 1;

constexpr std::uint64_t kWriteFile = 1U << 1;
constexpr std::uint64_t kRemoveAndMake = 0x1ff0;  // REMOVE_DIR … MAKE_SYM: bits 4 to 12
constexpr std::uint64_t kRefer = 1U << 13;        // from version 2
constexpr std::uint64_t kTruncate = 1U << 14;     // from version 3
constexpr std::uint64_t kScopeAbstractSockets = 1U << 0;
constexpr std::uint64_t kScopeSignals = 1U << 1;

struct RulesetAttributes {
    std::uint64_t filesystem;
    std::uint64_t network;
    std::uint64_t scoped;
};

struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed;
    std::int32_t parent;
};

std::uint64_t writes_of(int version) {
    std::uint64_t rights = kWriteFile | kRemoveAndMake;
    if (version >= 2) rights |= kRefer;
    if (version >= 3) rights |= kTruncate;
    return rights;
}

}  // namespace

int landlock_version() {
    const long version = ::syscall(kCreateRuleset, nullptr, 0, kVersionFlag);
    return version < 0 ? 0 : static_cast<int>(version);
}

contracts::UniqueFd make_landlock_ruleset(int version, const std::vector<std::string>& writable) {
    RulesetAttributes attributes{writes_of(version), 0, 0};
    std::size_t size = sizeof attributes.filesystem;
    if (version >= kLandlockScopes) {
        attributes.scoped = kScopeAbstractSockets | kScopeSignals;
        size = sizeof attributes;
    }
    contracts::UniqueFd ruleset(static_cast<int>(::syscall(kCreateRuleset, &attributes, size, 0U)));
    if (!ruleset.valid()) return ruleset;
    for (const std::string& path : writable) {
        const contracts::UniqueFd directory(::open(path.c_str(), O_PATH | O_CLOEXEC));
        if (!directory.valid()) continue;
        const PathBeneath rule{attributes.filesystem, directory.get()};
        if (::syscall(kAddRule, ruleset.get(), kPathBeneath, &rule, 0U) != 0) {
            const int error = errno;
            ruleset.reset();
            errno = error;
            return ruleset;
        }
    }
    return ruleset;
}

int enter_landlock(int ruleset) {
    return ::syscall(kRestrictSelf, ruleset, 0U) == 0 ? 0 : errno;
}

}  // namespace wrapper
