// What getUpdates brings, as far as a chat is concerned. Pure, for any document.
#pragma once

#include "contracts/base/json.h"

#include <cstdint>
#include <vector>

namespace control::telegram {

enum class UpdateKind {
    message,  // somebody wrote to the bot, in a chat with it alone
    press,    // somebody pressed a button there
    other,    // of no concern to a chat: groups, channels, edits, what is to come
};

struct Update {
    std::int64_t id = 0;
    UpdateKind kind = UpdateKind::other;
    std::string from{};      // the person's id
    std::string text{};      // the message, a file's caption or the button's data; may be empty
    std::string press_id{};  // what answers a press
};

// In their order. Entries without an update_id are left out: nothing can be said about them.
// Failure: `transient`, it is not a list, or all of it is left out.
[[nodiscard]] contracts::Result<std::vector<Update>> read_updates(const contracts::Json& result);

}  // namespace control::telegram
