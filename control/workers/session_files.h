// Copies the files of one session from a home, or from what was kept of one, to another place.
//
// No link is followed and nothing but regular files is read, so that a tree that an agent has
// written can be a source. Thread: any.
#pragma once

#include "contracts/base/result.h"
#include "contracts/messages/worker.h"

#include <string>
#include <string_view>

namespace control {

struct SessionCopy {
    contracts::AgentType agent_type = contracts::AgentType::claude;
    std::string session_id;
    std::string from;             // a directory
    std::uint32_t from_user = 0;  // whose the files are; others are left out
    bool from_private = false;    // what others than their user could write is refused
    std::string to;               // a directory
    std::uint32_t to_user = 0;    // whose they become; as root only
    bool durable = false;         // on the disk when it returns
};

// How many files. Failure: the errno's; `invalid`: too many or too large. Part of it may be there
// then.
[[nodiscard]] contracts::Result<int> copy_session_files(const SessionCopy& copy);

// Whether it may be looked for in names at all: 8 to 128 letters, digits, '-' and '_'.
[[nodiscard]] bool is_session_id(std::string_view id);

inline constexpr std::int64_t kLargestSession = 32 << 20;
inline constexpr int kMostSessionFiles = 16;

}  // namespace control
