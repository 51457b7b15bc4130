// Copies the files of one session from a home, or from a kept session, to another place.
//
// No link is followed and only regular files are read, so that the source may be a tree that an
// agent has written. Thread: any.
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
    std::uint32_t from_user = 0;  // the owner of the files; others are left out
    bool from_private = false;    // files that other users could have written are refused
    std::string to;               // a directory
    std::uint32_t to_user = 0;    // their new owner; only if we are root
    bool durable = false;         // synced to the disk when it returns
};

// Returns the number of files. Failure: the errno's; `invalid`: too many or too large. Some of the
// files may have been copied then.
[[nodiscard]] contracts::Result<int> copy_session_files(const SessionCopy& copy);

// Whether the id may be searched for in file names: 8 to 128 letters, digits, '-' and '_'.
[[nodiscard]] bool is_session_id(std::string_view id);

inline constexpr std::int64_t kLargestSession = 32 << 20;
inline constexpr int kMostSessionFiles = 16;

}  // namespace control
