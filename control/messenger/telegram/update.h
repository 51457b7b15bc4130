// The updates of getUpdates, as far as they matter to a chat. Pure, for any document.
#pragma once

#include "contracts/base/json.h"

#include <cstdint>
#include <vector>

namespace control::telegram {

enum class UpdateKind {
    message,  // somebody wrote to the bot, in a private chat
    press,    // somebody pressed a button there
    other,    // irrelevant to a chat: groups, channels, edits, future kinds
};

struct Update {
    std::int64_t id = 0;
    UpdateKind kind = UpdateKind::other;
    std::string from{};      // the person's id
    std::string text{};      // the message, a file's caption or the button's data; may be empty
    std::string press_id{};  // needed to answer a press
};

// In their order. Entries without an update_id are left out, because they cannot be confirmed.
// Failure: `transient`, if it is not a list, or if every entry is left out.
[[nodiscard]] contracts::Result<std::vector<Update>> read_updates(const contracts::Json& result);

}  // namespace control::telegram
